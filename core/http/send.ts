import type { Response } from 'express';

/** Sends JSON text as it stands. Not through `response.json`: no second serialisation, no ETag of its own, no 304 on it. */
export function sendText(response: Response, text: string, status = 200): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(text);
}

export function sendJson(response: Response, value: unknown, status = 200): void {
  sendText(response, JSON.stringify(value), status);
}

export function sendHtml(response: Response, html: string, status = 200): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(html);
}

export function sendNothing(response: Response): void {
  response.statusCode = 204;
  response.end();
}

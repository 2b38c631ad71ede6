import { createServer } from 'node:http';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { pdfText } from '../../tests/support/pdf-text.ts';
import { findPackedChromium } from './unpack-chromium.ts';
import { createPdfRenderer } from './render-pdf.ts';
import type { PdfRenderer } from './render-pdf.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const warm = createPdfRenderer({ log });
const others: PdfRenderer[] = [];
afterEach(async () => void (await Promise.all(others.splice(0).map((renderer) => renderer.stop()))));
afterAll(() => warm.stop());

const page = (body: string, lang = 'et') =>
  `<!doctype html><html lang="${lang}"><head><style>body { font-family: "Noto Sans", "DejaVu Sans", sans-serif }</style></head><body>${body}</body></html>`;

const size = (pdf: Buffer) =>
  /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/
    .exec(pdf.toString('latin1'))
    ?.slice(1)
    .map((points) => Math.round(Number(points)));
const pages = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type \/Page\n/g)?.length;

describe('a document', () => {
  test.each([
    ['et', 'Õäöü ÕÄÖÜ šž ŠŽ – 1 234,50 €'],
    ['lv', 'Šķēps Žurnāls ģimene ļoti ņem ūdens īss'],
    ['lt', 'ąčęėįšųūž ĄČĘĖĮŠŲŪŽ'],
    ['ru', 'Съешь ещё этих мягких французских булок, да выпей чаю. Щука ЁЖ №'],
    ['en', 'The quick brown fox jumps over the lazy dog & “quotes” – m²'],
  ])('has every letter of %s as text', async (language, text) => {
    const pdf = await warm.render({
      html: page(`<p style="white-space:nowrap;font-size:9pt">${text.replace('&', '&amp;')}</p>`, language),
      paper: 'A4',
    });
    expect(pdfText(pdf)).toBe(text);
    expect(pdf.toString('latin1')).toContain(`/Lang (${language})`);
    expect(pdf.toString('latin1')).toContain('/Marked true');
  });

  test.each([
    ['A4', [596, 843]],
    ['A5', [420, 596]],
    ['Letter', [612, 792]],
  ] as const)('is on %s paper', async (paper, points) => {
    expect(size(await warm.render({ html: page('x'), paper }))).toEqual(points);
  });

  test('repeats the head of a long table on each page', async () => {
    const html = page(`<table><thead><tr><th>Hind</th></tr></thead>${'<tr><td>rida</td></tr>'.repeat(80)}</table>`);
    const pdf = await warm.render({ html, paper: 'A4' });
    const words = pdfText(pdf).split('\n');
    expect(pages(pdf)).toBe(3);
    expect(words.filter((word) => word === 'Hind')).toHaveLength(3);
    expect(words.filter((word) => word === 'rida')).toHaveLength(80);
  });

  test('documents do not wait for one another for ever', async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, index) => warm.render({ html: page(`nr${index}`), paper: 'A5' })),
    );
    expect(all.map((pdf) => pdfText(pdf))).toEqual(['nr0', 'nr1', 'nr2', 'nr3', 'nr4', 'nr5']);
  });
});

test('nothing is run, fetched or read while a document is printed', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('x');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const listening = server.address();
  const address = `http://127.0.0.1:${typeof listening === 'object' && listening !== null ? listening.port : 0}`;
  const html = page(`
    <link rel="stylesheet" href="${address}/style"><link rel="prefetch" href="${address}/prefetch"><style>@import "${address}/import"; p { background: url(${address}/background) }</style>
    <script>document.body.textContent = 'script ran'; fetch('${address}/fetch')</script>
    <img src="${address}/image" onerror="document.body.textContent='handler ran'"><img src="file:///etc/passwd">
    <iframe src="file:///etc/passwd"></iframe><iframe src="${address}/frame"></iframe><object data="file:///etc/passwd"></object>
    <p>still here</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">`);
  try {
    const text = pdfText(await warm.render({ html, paper: 'A4' }));
    expect(text).toContain('still here');
    expect(text).not.toMatch(/root:|ran/);
    expect(asked).toEqual([]);
  } finally {
    await new Promise((resolve) => void server.close(resolve));
  }
});

function start(options: Partial<Parameters<typeof createPdfRenderer>[0]>): PdfRenderer {
  const renderer = createPdfRenderer({ log, ...options });
  others.push(renderer);
  return renderer;
}

describe('the browser', () => {
  test('is closed when idle and started again', async () => {
    const renderer = start({ idle: 1 });
    await renderer.render({ html: page('x'), paper: 'A5' });
    await new Promise((resolve) => void setTimeout(resolve, 300));
    expect(pdfText(await renderer.render({ html: page('again'), paper: 'A5' }))).toBe('again');
  });

  test('is missing: the error says what to do', async () => {
    await expect(
      start({ search: { path: undefined, installed: false, packed: undefined } }).render({ html: '', paper: 'A4' }),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'No browser was found to make PDF files: install Chromium or Chrome, name one in CHROMIUM_PATH, or add the npm package @sparticuz/chromium (Linux x64).',
    });
    await expect(
      start({ search: { path: '/nowhere/chrome' } }).render({ html: '', paper: 'A4' }),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'CHROMIUM_PATH names /nowhere/chrome, which is not a program that can be started. Correct or remove it.',
    });
  });

  test('does not start: the error says so', async () => {
    await expect(start({ search: { path: '/bin/false' } }).render({ html: '', paper: 'A4' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^The browser \/bin\/false does not start\./),
    });
  });

  test.runIf(findPackedChromium() !== undefined)('of the npm package works where none is installed', async () => {
    const renderer = start({ search: { path: undefined, installed: false, packed: findPackedChromium() } });
    expect(pdfText(await renderer.render({ html: page('Õž ķ Щ'), paper: 'A5' }))).toBe('Õž ķ Щ');
  });
});

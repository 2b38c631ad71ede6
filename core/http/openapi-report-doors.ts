import type { JsonSchema } from '../fields/field-type.ts';
import type { Door } from './openapi-doors.ts';
import { withHeaders } from './openapi-headers.ts';
import { body, dataOf, jsonAnswer, noAnswer } from './openapi-parts.ts';
import { TEMPLATE_INPUT } from './openapi-template-schemas.ts';
import { ref } from './openapi-objects.ts';

const text: JsonSchema = { type: 'string' };
const ABOUT = { name: 'Key of the report' };
const ifMatch = { name: 'If-Match', in: 'header', schema: text, description: 'ETag as you saw it; stale is 412' };

const found = withHeaders(jsonAnswer('The template', ref('ReportTemplate')), 'ETag');

/** The doors to templates of reports; all need the right "reports". */
export const REPORT_DOORS: readonly Door[] = [
  {
    at: 'get /reports/{name}/templates',
    about: ABOUT,
    id: 'listReportTemplates',
    summary: 'Your own settings of a report, and those that others share',
    answers: { 200: jsonAnswer('By title', dataOf(ref('ReportTemplate'))) },
    errors: [401, 403, 404],
  },
  {
    at: 'post /reports/{name}/templates',
    about: ABOUT,
    id: 'createReportTemplate',
    summary: 'Keep settings of a report; with a schedule it is mailed to you',
    body: body(TEMPLATE_INPUT),
    answers: { 201: jsonAnswer('The template', ref('ReportTemplate')) },
    errors: [401, 403, 404, 413, 415, 422],
  },
  {
    at: 'get /reports/{name}/templates/{id}',
    about: ABOUT,
    id: 'reportTemplate',
    summary: 'One template',
    answers: { 200: found },
    errors: [401, 403, 404],
  },
  {
    at: 'put /reports/{name}/templates/{id}',
    about: ABOUT,
    id: 'replaceReportTemplate',
    summary: 'Change your template, as a whole',
    parameters: [ifMatch],
    body: body(TEMPLATE_INPUT),
    answers: { 200: found },
    errors: [401, 403, 404, 412, 413, 415, 422],
  },
  {
    at: 'delete /reports/{name}/templates/{id}',
    about: ABOUT,
    id: 'deleteReportTemplate',
    summary: 'Take your template away; it is not sent any more',
    answers: { 204: noAnswer('Gone') },
    errors: [401, 403, 404],
  },
];

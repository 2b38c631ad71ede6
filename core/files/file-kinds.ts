/** What may be kept as a file: extension, declared type and the bytes themselves must agree on one row of this table. */

export interface FileKind {
  /** The media type answered and sent, whatever spelling the caller used. */
  readonly type: string;
  readonly extensions: readonly string[];
  /** Other spellings that browsers and programs declare for it. */
  readonly aliases?: readonly string[];
  /** `head`: the first bytes of the file; `tail`: its last ones (the whole file when it is short). */
  readonly matches: (head: Buffer, tail: Buffer) => boolean;
}

/** Bytes of the beginning and of the end that sniffing looks at. A ZIP keeps its list of names at the end. */
export const HEAD_BYTES = 4096;
export const TAIL_BYTES = 65_536;

const startsWith = (bytes: Buffer, text: string, at = 0) => bytes.toString('latin1', at, at + text.length) === text;

const isZip = (head: Buffer) => startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06');

/** An Office document is a ZIP whose names start with its own folder; macros have extensions of their own, which are not in the table. */
const isOffice = (folder: string) => (head: Buffer, tail: Buffer) =>
  isZip(head) && startsWith(head, 'PK\x03\x04') && (head.includes(folder) || tail.includes(folder));

/** The brand of an ISO base media file (MP4, M4A, HEIC). */
const isBrand =
  (...brands: readonly string[]) =>
  (head: Buffer) =>
    startsWith(head, 'ftyp', 4) && brands.some((brand) => startsWith(head, brand, 8));

const isMp3 = (head: Buffer) => startsWith(head, 'ID3') || (head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2);

/** Text has no control characters but tab, line ends and form feed, and is UTF-8 or a single-byte code page. */
const isText = (head: Buffer) =>
  head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 12 || byte === 13);

const OFFICE = 'application/vnd.openxmlformats-officedocument';

export const FILE_KINDS: readonly FileKind[] = [
  {
    type: 'application/pdf',
    extensions: ['pdf'],
    aliases: ['application/x-pdf'],
    matches: (head) => startsWith(head, '%PDF-'),
  },
  { type: 'image/png', extensions: ['png'], matches: (head) => startsWith(head, '\x89PNG\r\n\x1a\n') },
  {
    type: 'image/jpeg',
    extensions: ['jpg', 'jpeg'],
    aliases: ['image/jpg', 'image/pjpeg'],
    matches: (head) => startsWith(head, '\xff\xd8\xff'),
  },
  {
    type: 'image/gif',
    extensions: ['gif'],
    matches: (head) => startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a'),
  },
  {
    type: 'image/webp',
    extensions: ['webp'],
    matches: (head) => startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8),
  },
  {
    type: 'image/heic',
    extensions: ['heic', 'heif'],
    aliases: ['image/heif'],
    matches: isBrand('heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'),
  },
  { type: 'text/plain', extensions: ['txt'], matches: isText },
  {
    type: 'text/csv',
    extensions: ['csv'],
    aliases: ['text/plain', 'application/csv', 'application/vnd.ms-excel'],
    matches: isText,
  },
  { type: `${OFFICE}.wordprocessingml.document`, extensions: ['docx'], matches: isOffice('word/') },
  { type: `${OFFICE}.spreadsheetml.sheet`, extensions: ['xlsx'], matches: isOffice('xl/') },
  { type: 'application/zip', extensions: ['zip'], aliases: ['application/x-zip-compressed'], matches: isZip },
  { type: 'audio/mpeg', extensions: ['mp3'], aliases: ['audio/mp3'], matches: isMp3 },
  {
    type: 'audio/wav',
    extensions: ['wav'],
    aliases: ['audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
    matches: (head) => startsWith(head, 'RIFF') && startsWith(head, 'WAVE', 8),
  },
  {
    type: 'audio/ogg',
    extensions: ['ogg', 'oga', 'opus'],
    aliases: ['application/ogg', 'audio/opus'],
    matches: (head) => startsWith(head, 'OggS'),
  },
  {
    type: 'audio/mp4',
    extensions: ['m4a'],
    aliases: ['audio/x-m4a', 'audio/m4a', 'video/mp4'],
    matches: isBrand('M4A ', 'M4B ', 'mp42', 'isom', 'iso2'),
  },
  {
    type: 'video/mp4',
    extensions: ['mp4', 'm4v'],
    aliases: ['video/x-m4v'],
    matches: isBrand('isom', 'iso2', 'iso4', 'iso5', 'iso6', 'mp41', 'mp42', 'avc1', 'M4V ', 'dash', 'MSNV'),
  },
];

/** The kind of a file by its name; undefined when the extension is not allowed. */
export function kindOfName(name: string): FileKind | undefined {
  const dot = name.lastIndexOf('.');
  const extension = dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
  return FILE_KINDS.find((kind) => kind.extensions.includes(extension));
}

/** A declared type agrees when it says this kind, says nothing, or says "just bytes". */
export function declares(kind: FileKind, declared: string): boolean {
  const type = (declared.split(';', 1)[0] ?? '').trim().toLowerCase();
  return (
    type === '' || type === 'application/octet-stream' || type === kind.type || (kind.aliases ?? []).includes(type)
  );
}

/** The allowed extensions, for messages. */
export function allowedExtensions(): string {
  return FILE_KINDS.flatMap((kind) => kind.extensions).join(', ');
}

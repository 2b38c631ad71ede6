import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress } from 'node:zlib';

/** A browser unpacked from the npm package: the program, libraries for machines without their own, and fonts. */
export interface UnpackedChromium {
  readonly program: string;
  /** Folder for `LD_LIBRARY_PATH` where the system has no NSS of its own. */
  readonly libraries: string;
  /** File for `FONTCONFIG_FILE`: the system's fonts and the package's. */
  readonly fontConfig: string;
}

/** Where `@sparticuz/chromium` keeps its archives; undefined when it is not installed or not for this machine. */
export function findPackedChromium(from: string = import.meta.url): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    return join(dirname(createRequire(from).resolve('@sparticuz/chromium')), '..', '..', 'bin');
  } catch {
    return undefined;
  }
}

/**
 * Unpacks the archives once into a folder of this user, 200 MB. The package's own unpacking would use fixed names in the shared
 * temporary folder, where anybody could put a program of his own in place first, and gives its libraries only to Amazon's machines.
 */
export async function unpackChromium(packed: string): Promise<UnpackedChromium> {
  const { mtimeMs, size } = await stat(join(packed, 'chromium.br'));
  const base = await privateFolder();
  const dir = join(base, `${size}-${Math.round(mtimeMs)}`);
  const ready = await lstat(join(dir, 'chromium')).catch(() => undefined);
  if (!ready) {
    const temp = await mkdtemp(join(base, 'unpacking-'));
    try {
      await Promise.all([
        pipeline(
          createReadStream(join(packed, 'chromium.br')),
          createBrotliDecompress(),
          createWriteStream(join(temp, 'chromium'), { mode: 0o700 }),
        ),
        unpackTar(join(packed, 'al2023.tar.br'), temp),
        unpackTar(join(packed, 'fonts.tar.br'), temp),
        unpackTar(join(packed, 'swiftshader.tar.br'), temp),
      ]);
      await writeFile(join(temp, 'fonts.conf'), fontConfig(join(dir, 'fonts')));
      await rename(temp, dir).catch(async (error: unknown) => {
        // Another process was faster: its folder is as good.
        if (!(await lstat(join(dir, 'chromium')).catch(() => undefined))) throw error;
      });
    } finally {
      await rm(temp, { recursive: true, force: true });
    }
  }
  return { program: join(dir, 'chromium'), libraries: join(dir, 'lib'), fontConfig: join(dir, 'fonts.conf') };
}

/** The package's own file names folders that exist on Amazon's machines only. */
function fontConfig(fonts: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${fonts}</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;
}

async function privateFolder(): Promise<string> {
  const candidates = [
    process.env['XDG_CACHE_HOME'],
    join(homedir(), '.cache'),
    join(tmpdir(), `casement-${process.getuid?.() ?? 0}`),
  ];
  for (const candidate of candidates) {
    if (!candidate) continue;
    const dir = join(candidate, 'casement-chromium');
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const info = await lstat(dir);
      if (!info.isDirectory() || info.uid !== process.getuid?.()) continue;
      await chmod(dir, 0o700);
      return dir;
    } catch {
      continue;
    }
  }
  throw new Error('No folder of this user to unpack the browser into.');
}

const BLOCK = 512;

/** Enough of the tar format for these archives: files, folders, links. Names cannot leave `target`. */
async function unpackTar(archive: string, target: string): Promise<void> {
  const tar = await promisify(brotliDecompress)(await readFile(archive));
  await mkdir(target, { recursive: true });
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const text = (from: number, length: number) => header.toString('utf8', from, from + length).split('\0', 1)[0] ?? '';
    const prefix = text(345, 155);
    const path = resolve(target, prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    const size = Number.parseInt(text(124, 12).trim() || '0', 8);
    const type = text(156, 1);
    if (path !== resolve(target) && !path.startsWith(resolve(target) + sep))
      throw new Error(`Unexpected path in ${archive}.`);
    if (type === '5') await mkdir(path, { recursive: true });
    else if (type === '0' || type === '') {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, tar.subarray(at + BLOCK, at + BLOCK + size), {
        mode: Number.parseInt(text(100, 8).trim(), 8) & 0o777,
      });
    } else if (type === '2') await symlink(text(157, 100), path);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

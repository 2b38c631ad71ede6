import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CasementError } from '../errors.ts';
import { translateDiskError } from './disk-errors.ts';

const failure = (code: string) => Object.assign(new Error(`${code}: it failed, open '/srv/data/files/x'`), { code });

test.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EMFILE'])(
  'R-81: %s is told as a disk that cannot be used now, without its path',
  (code) => {
    const told = translateDiskError(failure(code)) as CasementError;
    expect(told).toBeInstanceOf(CasementError);
    expect([told.code, told.status]).toEqual(['UNAVAILABLE', 503]);
    expect(told.message).toContain(code);
    expect(told.message).not.toContain('/srv');
  },
);

test('R-81: an error of the system itself is told, where it has a device that is always full', async () => {
  const device = await open('/dev/full', 'w').catch(() => undefined);
  const error = device ? await device.write('x').catch((thrown: unknown) => thrown) : failure('ENOSPC');
  await device?.close();
  expect(translateDiskError(error)).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
});

test('what is not of the disk stays as it is', () => {
  const refusal = new CasementError('TOO_LARGE', 'Too large.');
  const bug = new TypeError('x is not a function');
  for (const error of [refusal, bug, failure('ENOENT'), failure('ERR_STREAM_PREMATURE_CLOSE'), 'text', undefined])
    expect(translateDiskError(error)).toBe(error);
});

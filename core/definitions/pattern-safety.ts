import { createRequire } from 'node:module';

/** One character or class with its count. */
const ATOM = String.raw`(?:[^\\[\](){}|*+?^$.]|\\[dwsDWS.\-/]|\[\^?(?:[^\\[\]]|\\[dws\-.\]\\/])+\])(?:[?*+]|\{\d{1,3}(?:,\d{0,3})?\})?`;
const PLAIN = new RegExp(`^\\^?(?:${ATOM})*\\$?$`, 'u');

interface Recheck {
  checkSync(source: string, flags: string, params?: object): { readonly status: 'safe' | 'vulnerable' | 'unknown' };
}

/**
 * Why a regular expression may not stand in a definition, or undefined when it may: it must compile, and a hostile
 * text must not be able to make it run for seconds. Plain sequences are known to be safe; the rest is asked of recheck, which is loaded only then.
 */
export function refusePattern(source: string): string | undefined {
  try {
    RegExp(source, 'u');
  } catch (error) {
    return `Is not a regular expression: ${error instanceof Error ? error.message : String(error)}.`;
  }
  if (isPlain(source)) return undefined;
  const { status } = loadRecheck().checkSync(source, 'u', { timeout: 3000 });
  if (status === 'safe') return undefined;
  return status === 'vulnerable'
    ? 'Some texts would keep this regular expression busy for seconds. Write it without a repeat inside a repeat, and without choices that overlap.'
    : 'This regular expression is too complicated to be proven quick. Write it more simply.';
}

/** A sequence without groups, in which at most one part repeats a varying number of times: there are few ways to match it. */
function isPlain(source: string): boolean {
  if (!PLAIN.test(source)) return false;
  const signs = source.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/gu, 'x');
  const repeats = [...signs.matchAll(/[*+]|\{\d+,\d*\}/g)].length;
  const choices = [...signs.matchAll(/\?/g)].length;
  return repeats <= 1 && choices <= 4 && (source.startsWith('^') || repeats === 0);
}

function loadRecheck(): Recheck {
  // Without this recheck starts a Java or native program beside the server.
  process.env['RECHECK_SYNC_BACKEND'] ??= 'pure';
  const recheck: Recheck = createRequire(import.meta.url)('recheck');
  return recheck;
}

import { setFlagsFromString } from 'node:v8';

/**
 * From here on the young generation may double with its load, as is V8's default. Until then it has stayed at its first size
 * (`bin/casement.cjs`): what a start loads lives on, and would leave 20 MiB of room behind that an idle server never uses.
 */
export function openServingHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}

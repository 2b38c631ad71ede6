// Written by `casement types` from the definitions. Change those and write it anew.

import { createClient } from './client.js';
import type { Client, ClientOptions } from './client.js';
import { PLURALS } from './entities.js';
import type { Entities } from './entities.js';

export { ApiError } from './client.js';

/** The client of this Casement: `connect({ url, key }).deal.list({ filter: { stage: 'won' } })`. */
export function connect(options: ClientOptions): Client<Entities> {
  return createClient<Entities>(PLURALS, options);
}

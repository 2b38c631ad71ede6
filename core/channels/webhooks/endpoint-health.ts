import { CasementError } from '../../errors.ts';

/** Keeps one dead endpoint from holding up all others. In the memory of this process. */
export interface EndpointHealth {
  /** Runs the request, or throws UNAVAILABLE at once while the endpoint is not answering. */
  guard<T>(id: string, now: number, work: () => Promise<T>): Promise<T>;
  forget(id: string): void;
}

interface Endpoint {
  failures: number;
  openAt: number;
  busy: number;
  isHealthy: boolean;
}

/** Requests under way at once to one that answers; to one of which nothing is known, one. */
const MOST = 2;
const LONGEST_PAUSE = 600_000;

export function createEndpointHealth(): EndpointHealth {
  const endpoints = new Map<string, Endpoint>();
  return {
    forget: (id) => void endpoints.delete(id),
    async guard(id, now, work) {
      const endpoint = endpoints.get(id) ?? { failures: 0, openAt: 0, busy: 0, isHealthy: false };
      endpoints.set(id, endpoint);
      if (now < endpoint.openAt) throw waiting('It has not answered lately.');
      if (endpoint.busy >= (endpoint.isHealthy ? MOST : 1)) throw waiting('It is still busy with the request before.');
      endpoint.busy += 1;
      try {
        const result = await work();
        Object.assign(endpoint, { failures: 0, openAt: 0, isHealthy: true });
        return result;
      } catch (error) {
        endpoint.failures += 1;
        endpoint.isHealthy = false;
        endpoint.openAt = now + Math.min(LONGEST_PAUSE, 1_000 * 2 ** Math.min(endpoint.failures, 20));
        throw error;
      } finally {
        endpoint.busy -= 1;
      }
    },
  };
}

/** Thrown without a request: the endpoint is left alone for now. */
export class EndpointWaitsError extends CasementError {}

function waiting(why: string): EndpointWaitsError {
  return new EndpointWaitsError('UNAVAILABLE', `The endpoint is left alone for a while. ${why}`);
}

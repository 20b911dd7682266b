/** What went through a relay to the exchange's REST. */
export interface Counted {
  readonly url: string;
  /** Requests by path, and the weight that the exchange says they took, since the start or the last reset. */
  figures(): { readonly requests: Readonly<Record<string, number>>; readonly weight: number };
  reset(): void;
  stop(): Promise<void>;
}

/** Passes requests on to an exchange, and counts them by what its answers say of the weight used. It must be the exchange's only client. */
export function countedExchange(exchange: string): Counted {
  let requests: Record<string, number> = {};
  let [weight, used] = [0, 0];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async ({ url }) => {
      const { pathname, search } = new URL(url);
      const answer = await fetch(`${exchange}${pathname}${search}`);
      requests[pathname] = (requests[pathname] ?? 0) + 1;
      const now = Number(answer.headers.get("x-mbx-used-weight-1m"));
      // The exchange counts anew each minute.
      weight += now >= used ? now - used : now;
      used = now;
      return answer;
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    figures: () => ({ requests, weight }),
    reset: () => {
      requests = {};
      weight = 0;
    },
    stop: () => server.stop(true),
  };
}

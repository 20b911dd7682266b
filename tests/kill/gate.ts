/** A door before the exchange's REST address: while it is shut, a server can't learn what trades, and so hears nothing at all. */
export interface Gate {
  readonly url: string;
  shut(): void;
  open(): void;
  stop(): Promise<void>;
}

/** Puts a gate before an exchange, open at first. Questions that come while it is shut wait. */
export function gateBefore(exchange: string): Gate {
  let opened = Promise.withResolvers<void>();
  opened.resolve();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      await opened.promise;
      const { pathname, search } = new URL(request.url);
      const answer = await fetch(`${exchange}${pathname}${search}`);
      const headers = new Headers(answer.headers);
      for (const name of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(name);
      return new Response(await answer.bytes(), { status: answer.status, headers });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    shut: () => {
      opened = Promise.withResolvers();
    },
    open: () => opened.resolve(),
    stop: () => server.stop(true),
  };
}

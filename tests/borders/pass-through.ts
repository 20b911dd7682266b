import { type Bends, bentJson } from "../helpers/bent-exchange.ts";

/** A server between a client and a stand-in, both over real sockets, that bends what the client gets. */
export interface PassThrough {
  readonly url: string;
  stop(): Promise<void>;
}

/** What is kept with each client's socket: the way on, and what it said before that was open. */
interface Onward {
  readonly address: string;
  upstream: WebSocket | undefined;
}

export function startPassThrough(exchangeUrl: string, bends: Bends): PassThrough {
  const server = Bun.serve<Onward>({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: async (request, server) => {
      const { pathname, search, searchParams } = new URL(request.url);
      if (request.headers.get("upgrade") === "websocket") {
        const address = `${exchangeUrl.replace("http", "ws")}${pathname}${search}`;
        return server.upgrade(request, { data: { address, upstream: undefined } })
          ? undefined
          : new Response(null, { status: 400 });
      }
      const response = await fetch(`${exchangeUrl}${pathname}${search}`);
      const headers = new Headers(
        [...response.headers].filter(([name]) => name.startsWith("x-mbx") || name === "date"),
      );
      headers.set("content-type", "application/json");
      if (!response.ok) return new Response(await response.text(), { status: response.status, headers });
      const bent = bends.rest?.(pathname, searchParams, await response.json());
      return bent instanceof Response ? bent : new Response(bentJson(bent), { headers });
    },
    websocket: {
      sendPings: false,
      open: (socket) => {
        const upstream = new WebSocket(socket.data.address);
        socket.data.upstream = upstream;
        upstream.onmessage = ({ data }) => {
          const message = JSON.parse(String(data)) as { stream?: string; data: Record<string, unknown> };
          if (message.stream === undefined) return void socket.send(String(data));
          const bent = bends.frame?.({ stream: message.stream, data: message.data }) ?? message;
          socket.send(typeof bent === "string" ? bent : bentJson(bent));
        };
        upstream.onclose = () => socket.close();
      },
      message: async ({ data: { upstream } }, frame) => {
        if (upstream === undefined) return;
        if (upstream.readyState === WebSocket.CONNECTING) {
          await new Promise((resolve) => upstream.addEventListener("open", resolve));
        }
        upstream.send(frame);
      },
      close: ({ data }) => data.upstream?.close(),
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

import type { InProcessExchange } from "../../src/exchange/mod.ts";

/** What a test does to the messages of a stand-in before its client gets them. */
export interface Bends {
  /** Changes the JSON body of a REST answer that went well, or gives another Response. */
  rest?(path: string, query: URLSearchParams, body: unknown): unknown;
  /** Changes a frame: the message of a combined stream. */
  frame?(message: { stream: string; data: Record<string, unknown> }): unknown;
}

/** The way to a stand-in without a network, with a liar on it: `fetch` and `openSocket` as a feed takes them. */
export function bentExchange(
  exchange: InProcessExchange,
  bends: Bends,
): { readonly fetch: typeof fetch; readonly openSocket: (url: string) => WebSocket } {
  const call = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await exchange.fetch(input, init);
    if (!response.ok || bends.rest === undefined) return response;
    const url = new URL(input instanceof Request ? input.url : String(input));
    const bent = bends.rest(url.pathname, url.searchParams, await response.json());
    return bent instanceof Response ? bent : new Response(bentJson(bent), { headers: response.headers });
  };
  return {
    fetch: Object.assign(call, { preconnect: () => {} }),
    openSocket: (url) => bentSocket(exchange.openSocket(url), bends),
  };
}

/** JSON as a stranger may write it: `JSON.stringify` would make 0 of -0. */
export function bentJson(value: unknown): string {
  const marked = JSON.stringify(value, (_, member: unknown) => (Object.is(member, -0) ? "<-0>" : member));
  return marked.replaceAll('"<-0>"', "-0");
}

/** The same socket; what it hears is bent on the way to whoever listens. */
function bentSocket(socket: WebSocket, bends: Bends): WebSocket {
  return new Proxy(socket, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, name, value) => {
      if (name !== "onmessage" || typeof value !== "function") return Reflect.set(target, name, value, target);
      const listen = (event: MessageEvent): unknown => {
        const message: unknown = JSON.parse(String(event.data));
        const bent = isCombined(message) ? (bends.frame?.(message) ?? message) : message;
        return value(new MessageEvent("message", { data: typeof bent === "string" ? bent : bentJson(bent) }));
      };
      return Reflect.set(target, name, listen, target);
    },
  });
}

function isCombined(message: unknown): message is { stream: string; data: Record<string, unknown> } {
  return typeof message === "object" && message !== null && "stream" in message && "data" in message;
}

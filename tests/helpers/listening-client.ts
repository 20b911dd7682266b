import type { InProcessExchange } from "../../src/exchange/mod.ts";
import type { ManualClock } from "./clock.ts";

/** What a client without a network heard: frames, and how its connections ended. */
export interface ListeningClient {
  readonly frames: string[];
  readonly closes: { readonly at: number; readonly code: number; readonly reason: string }[];
  /** The present socket. */
  readonly socket: WebSocket;
  send(request: unknown): void;
}

/** Listens at a path; with `again` connects anew as often as it is cut off. */
export function listenTo(
  exchange: InProcessExchange,
  clock: ManualClock,
  path: string,
  again = false,
): ListeningClient {
  const frames: string[] = [];
  const closes: { at: number; code: number; reason: string }[] = [];
  let socket: WebSocket;
  const open = (): void => {
    socket = exchange.openSocket(`ws://exchange${path}`);
    socket.onmessage = ({ data }) => void frames.push(String(data));
    socket.onclose = ({ code, reason }) => {
      closes.push({ at: clock.now(), code, reason });
      if (again) open();
    };
  };
  open();
  return {
    frames,
    closes,
    get socket() {
      return socket;
    },
    send: (request) => socket.send(JSON.stringify(request)),
  };
}

import { checkTicket } from "../../wire/mod.ts";
import { ClientError } from "../client-error.ts";
import { keyOf, tryOnce } from "../one-try.ts";
import type { ClientSettings } from "../options.ts";
import { checked } from "../reader.ts";

/** What we need of a WebSocket: every runtime's own, and the npm package `ws`, have it. */
export interface SocketLike {
  send(text: string): void;
  close(): void;
  /** 0 while it connects. */
  readonly readyState?: number;
  /** Cuts the connection without a goodbye, where the runtime can. */
  terminate?(): void;
}

/** The state of a WebSocket before it is open. */
const CONNECTING = 0;

/** Makes a WebSocket. */
export type SocketConstructor = new (url: string) => SocketLike;

/** Told what a socket does. */
export interface SocketEvents {
  readonly onmessage: (event: { data: unknown }) => void;
  readonly onclose: (event: { code: number; reason: string }) => void;
}

/**
 * Opens a WebSocket to the server's `/ws`. With a key a ticket is fetched first: browsers can't send headers along, and
 * what works there works everywhere. Rejects with ClientError.
 */
export async function openSocket(
  settings: ClientSettings,
  events: SocketEvents,
  limitMs: number,
  signal: AbortSignal,
): Promise<SocketLike> {
  const url = new URL(`${settings.url.origin}${settings.url.pathname.replace(/\/$/, "")}/ws`.replace(/^http/, "ws"));
  if (settings.apiKey !== undefined && (await keyOf(settings, "POST /tickets")) !== undefined) {
    const question = { method: "POST", path: "/tickets", reader: checked(checkTicket) } as const;
    const { ticket } = await tryOnce(settings, question, limitMs, signal);
    url.searchParams.set("ticket", ticket);
  }
  if (settings.WebSocket === undefined) {
    throw new ClientError(
      "no_websocket",
      "this runtime has no WebSocket: give createClient one, for example that of the npm package ws",
    );
  }
  if (settings.format !== undefined) url.searchParams.set("format", settings.format.name);
  const socket = new settings.WebSocket(String(url));
  // ws throws if nobody listens to "error"; the close that follows has the reason. Without a binaryType, browsers deliver Blobs.
  Object.assign(socket, { ...events, onerror: () => {}, binaryType: "arraybuffer" });
  return socket;
}

/** Lets go of a socket: nothing more is heard of it. */
export function leaveSocket(socket: SocketLike): void {
  Object.assign(socket, { onmessage: null, onclose: null });
  // A close waits for the other side's word, which may be dead.
  if (socket.terminate !== undefined) socket.terminate();
  // Chrome complains on its console of one that is closed before it is open.
  else if (socket.readyState === CONNECTING) Object.assign(socket, { onopen: () => socket.close() });
  else socket.close();
}

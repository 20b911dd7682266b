/** What of a WebSocket a feed uses. */
type Heard<E> = ((event: E) => void) | null;

/**
 * The place of a WebSocket in a feed, over NATS: it takes a follower's requests for channels, and gets the frames of these. It opens when NATS
 * is there and closes when NATS is lost, so a cut is a cut for the feed.
 */
export class LineSocket {
  readonly channels: Set<string> = new Set();
  onopen: Heard<Event> = null;
  onmessage: Heard<Pick<MessageEvent, "data">> = null;
  onclose: Heard<Pick<CloseEvent, "code" | "reason">> = null;
  onerror: Heard<Event> = null;
  readonly #closed: (socket: LineSocket) => void;
  #isOpen = false;

  constructor(closed: (socket: LineSocket) => void) {
    this.#closed = closed;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.onopen?.(new Event("open"));
  }

  /** Takes a request to subscribe to channels or to leave them. */
  send(text: string): void {
    const { op, channels } = JSON.parse(text) as { op: string; channels: readonly string[] };
    for (const channel of channels) {
      if (op === "subscribe") this.channels.add(channel);
      else this.channels.delete(channel);
    }
  }

  /** Hands over a frame. */
  tell(frame: string): void {
    if (this.#isOpen) this.onmessage?.({ data: frame });
  }

  /** The connection was lost. */
  drop(reason: string): void {
    this.#closed(this);
    this.onclose?.({ code: 1006, reason });
  }

  close(): void {
    this.#closed(this);
  }
}

import type { StreamMessage } from "../../src/client/mod.ts";
import type { ServerStream } from "../market/server-stream.ts";
import { SignalFeed } from "./signal-feed.ts";

/** The channel on which a server sends the signals of its own traders. */
export const SIGNALS = "signals";

/** Signals of traders that run in the server, over its WebSocket. */
export class SocketSignals extends SignalFeed {
  readonly #stream: ServerStream;

  /** `stream` follows {@link SIGNALS} among others. */
  constructor(stream: ServerStream) {
    super();
    this.#stream = stream;
  }

  async start(): Promise<void> {
    this.#stream.listen((message) => this.#take(message));
  }

  retry(): void {
    this.#stream.retry();
  }

  #take(message: StreamMessage): void {
    if (message.type === "signal") this.tell({ signal: message.signal });
    else if (message.type === "gap" && message.channel === SIGNALS) this.tell({ gap: true });
    else if (message.type === "refused" && message.channel === SIGNALS) {
      this.failure.value = message.detail.replace(`${SIGNALS}: `, "");
    }
  }
}

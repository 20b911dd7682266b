import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** The requests that came over a transport and have no answer yet. */
export class UnansweredRequests {
  readonly #ids = new Set<string | number>();
  #whenNone: (() => void) | undefined;

  /** Watches a transport whose server is connected. */
  constructor(transport: Transport) {
    const { onmessage } = transport;
    transport.onmessage = (message, extra) => {
      this.#asked(message);
      onmessage?.(message, extra);
    };
    const send = transport.send.bind(transport);
    transport.send = async (message, options) => {
      await send(message, options);
      if (!("method" in message) && message.id !== undefined) this.#drop(message.id);
    };
  }

  /** Resolves once nothing is unanswered. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenNone = resolve;
      this.#tell();
    });
  }

  #asked(message: JSONRPCMessage): void {
    if (!("method" in message)) return;
    if ("id" in message) this.#ids.add(message.id);
    // What was cancelled gets no answer.
    else if (message.method === "notifications/cancelled") this.#drop(message.params?.requestId as string | number);
  }

  #drop(id: string | number): void {
    this.#ids.delete(id);
    this.#tell();
  }

  #tell(): void {
    if (this.#ids.size === 0) this.#whenNone?.();
  }
}

/**
 * What one writer makes for one reader. A writer that is ahead waits: at most `most` events are kept. After `end`, the reader gets what
 * is left, and then the failure or the end.
 */
export class EventQueue<Event> {
  readonly #most: number;
  readonly #events: Event[] = [];
  #end: { readonly failure: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is room for another one. */
  async push(event: Event): Promise<void> {
    this.#events.push(event);
    this.#wakeReader?.();
    while (this.#events.length >= this.#most && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  /** Nothing more comes. `failure`: what the reader's loop throws at the end; undefined for nothing. */
  end(failure?: unknown): void {
    this.#end ??= { failure };
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  async *read(): AsyncGenerator<Event, void> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        this.#wakeWriter?.();
        yield event;
      } else if (this.#end !== undefined) {
        if (this.#end.failure !== undefined) throw this.#end.failure;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }
}

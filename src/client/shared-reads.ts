interface Read {
  readonly answer: Promise<unknown>;
  readonly stop: AbortController;
  /** Those who wait for it. */
  waiting: number;
}

/**
 * Lets equal reads that are asked for in the same moment share one request. What is asked for later asks again, even while the first is under
 * way: it may be asked because something has happened since.
 */
export class SharedReads {
  readonly #reads: Map<string, Read> = new Map();

  /** Rejects with the signal's reason when that is aborted. The request itself is given up once nobody waits for it any more. */
  read<T>(what: string, signal: AbortSignal | undefined, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const read = this.#reads.get(what) ?? this.#begin(what, ask);
    read.waiting += 1;
    const leave = (): void => {
      read.waiting -= 1;
      if (read.waiting > 0) return;
      if (this.#reads.get(what) === read) this.#reads.delete(what);
      read.stop.abort(signal?.reason);
    };
    if (signal === undefined) return read.answer as Promise<T>;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason);
        leave();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      (read.answer as Promise<T>).then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  #begin(what: string, ask: (signal: AbortSignal) => Promise<unknown>): Read {
    const stop = new AbortController();
    const read: Read = { answer: ask(stop.signal), stop, waiting: 0 };
    this.#reads.set(what, read);
    queueMicrotask(() => this.#reads.delete(what));
    return read;
  }
}

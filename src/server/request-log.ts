/** What the log says of one request. Never a key, a ticket or a URL as it was requested. */
export interface RequestLine {
  readonly requestId: string;
  /** The name of the key that was used. */
  readonly key: string | undefined;
  /** The client's IP address, as trusted proxies name it; left out unless the operator wants it. */
  readonly address?: string;
  readonly method: string;
  /** The route's pattern, never the path itself. */
  readonly route: string;
  readonly status: number;
  readonly bytes: number;
  /** From the request's arrival to when its answer was handed over for sending. */
  readonly ms: number;
  /** Set where lines were left out: this one stands for so many. */
  readonly oneOf?: number;
}

/** Above the rate, one line in so many is written. */
export const SAMPLE_ONE_OF = 100;

/**
 * Decides which requests get a line: all of them up to so many a second, then one in a hundred. Errors always get one,
 * except refusals for going too fast (429): these come in floods by their nature, and are sampled like answers.
 */
export class RequestLog {
  readonly #write: (line: RequestLine) => void;
  readonly #linesPerSecond: number;
  #second = 0;
  #count = 0;

  constructor(write: (line: RequestLine) => void, linesPerSecond: number) {
    this.#write = write;
    this.#linesPerSecond = linesPerSecond;
  }

  /** 1: write it; more: write it for so many; 0: leave it out. Allocates nothing. */
  weightOf(status: number, now: number): number {
    if (status >= 400 && status !== 429) return 1;
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count <= this.#linesPerSecond) return 1;
    return (this.#count - this.#linesPerSecond) % SAMPLE_ONE_OF === 0 ? SAMPLE_ONE_OF : 0;
  }

  write(line: Omit<RequestLine, "oneOf">, weight: number): void {
    this.#write(weight === 1 ? line : { ...line, oneOf: weight });
  }
}

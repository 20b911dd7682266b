import type { Answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { type Compressor, chooseEncoding, compressed, type Encoding, MIN_COMPRESSED_BYTES } from "./compression.ts";

/** What is known of bytes besides themselves. */
export interface ReadyAnswerParts {
  readonly version?: number;
  readonly etag: string;
  readonly contentType?: string;
  /** Headers that every form has, in place of the usual ones of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it stays in memory for other requests, as it does unless said. */
  readonly isKept?: boolean;
  /** Told how many bytes it holds more than before. */
  readonly grew?: (bytes: number) => void;
}

/** A compressed form that isn't there yet. */
interface FormInMaking {
  /** Those who asked for it, by bucket: each waits for a turn of its own, so that nobody waits for the other answers that another asked for. */
  readonly waiting: Map<Caller["bucket"], Promise<Answer>>;
  /** From the first of these turns on. */
  form: Promise<Answer> | undefined;
}

/**
 * Bytes with their entity tag, ready to be sent again and again: each compressed form is made once, when it is first asked for, and
 * kept with its headers. A body is a Blob, because the runtime sends one as it is and copies an array for each answer
 * (measured: 4 µs for 100 kB). The bytes that it is made from are copied, and may change afterwards.
 */
export class ReadyAnswer {
  readonly version: number;
  readonly etag: string;
  readonly #parts: ReadyAnswerParts;
  readonly #plain: Answer & { readonly body: Blob };
  readonly #compressed: Map<Encoding, Answer> = new Map();
  /** Forms that are to be made. All who asked for one meanwhile have a turn for it; it is made at the first of these. */
  readonly #making: Map<Encoding, FormInMaking> = new Map();
  #notModified: Answer | undefined;
  #size: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, parts: ReadyAnswerParts) {
    this.version = parts.version ?? 0;
    this.etag = parts.etag;
    this.#parts = parts;
    this.#plain = this.#answer(bytes);
    this.#size = bytes.byteLength;
  }

  /** What it holds in memory, in bytes, about: all forms that were made. */
  get size(): number {
    return this.#size;
  }

  /** 304 when the caller has it, compressed when the caller can take that and it is worth it. */
  for(headers: Headers, caller: Caller, compressor: Compressor): Answer | Promise<Answer> {
    const known = headers.get("if-none-match");
    if (known !== null && matchesTag(known, this.etag)) {
      this.#notModified ??= { status: 304, headers: this.#headers(), body: null, bytes: 0 };
      return this.#notModified;
    }
    const accept = this.#plain.bytes < MIN_COMPRESSED_BYTES ? null : headers.get("accept-encoding");
    const encoding = accept === null ? undefined : chooseEncoding(accept);
    if (encoding === undefined) return this.#plain;
    return this.#compressed.get(encoding) ?? this.#inTurn(encoding, caller, compressor);
  }

  /** The form, at the caller's turn: unless it was made at somebody else's meanwhile, it is made then. */
  #inTurn(encoding: Encoding, { bucket }: Caller, compressor: Compressor): Promise<Answer> {
    const making: FormInMaking = this.#making.get(encoding) ?? { waiting: new Map(), form: undefined };
    this.#making.set(encoding, making);
    const waiting =
      making.waiting.get(bucket) ??
      compressor.inTurn({ bucket }, () => {
        making.form ??= this.#compress(encoding);
        return making.form;
      });
    making.waiting.set(bucket, waiting);
    return waiting;
  }

  async #compress(encoding: Encoding): Promise<Answer> {
    try {
      const answer = this.#answer(await compressed(await this.#plain.body.bytes(), encoding));
      answer.headers.set("content-encoding", encoding);
      this.#compressed.set(encoding, answer);
      this.#size += answer.bytes;
      this.#parts.grew?.(answer.bytes);
      return answer;
    } finally {
      this.#making.delete(encoding);
    }
  }

  #answer(bytes: Uint8Array): Answer & { readonly body: Blob } {
    const { isKept = true } = this.#parts;
    const headers = this.#headers();
    headers.set("content-type", this.#parts.contentType ?? "application/json");
    return {
      status: 200,
      headers,
      body: new Blob([bytes as Uint8Array<ArrayBuffer>]),
      bytes: bytes.byteLength,
      isKept,
    };
  }

  #headers(): Headers {
    return answerHeaders(this.etag, this.#parts.headers);
  }
}

/** The headers of an answer that has an entity tag. */
export function answerHeaders(etag: string, more: Readonly<Record<string, string>> = {}): Headers {
  return new Headers({ etag, "cache-control": "no-cache", vary: "accept-encoding", ...more });
}

/** The answer to a caller who has the body already; undefined when it doesn't. */
export function notModified(request: Headers, headers: Headers): Answer | undefined {
  const known = request.get("if-none-match");
  if (known === null || !matchesTag(known, headers.get("etag") ?? "")) return undefined;
  return { status: 304, headers, body: null, bytes: 0 };
}

/** Whether an `If-None-Match` names the tag. The comparison is weak, as RFC 9110 wants it here. */
export function matchesTag(header: string, etag: string): boolean {
  if (header === etag || header.trim() === "*") return true;
  const opaque = etag.replace(/^W\//, "");
  return header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === opaque);
}

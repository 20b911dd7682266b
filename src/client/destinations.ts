import type {
  AnswerSchema,
  DeliveriesAnswer,
  DestinationAddress,
  DestinationRules,
  DestinationsAnswer,
  DestinationTestAnswer,
  NewDestinationAnswer,
} from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { FunctionAsker } from "./function-asker.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import { type ReaderSource, rare } from "./reader.ts";

/** A new destination: `name` and `address` are needed, all else has a default. */
export type AskedDestination = Pick<DestinationRules, "name"> &
  Partial<DestinationRules> & { readonly address: DestinationAddress };

/**
 * Where the caller's signals are sent to: see docs/messages.md. `options`: as of a client, whose server has the traders. Each call throws
 * ClientError, and the signal's reason when that is aborted. A class apart from the client, so that programs without it don't carry it.
 *
 * @example
 * const destinations = new Destinations({ url, apiKey });
 * const { id } = await destinations.create({ name: "Phone", address: { kind: "ntfy", url: "https://ntfy.sh/my-topic" } });
 * console.log((await destinations.test(id)).answer);
 */
export class Destinations {
  readonly #functions: FunctionAsker;

  constructor(options: ClientOptions) {
    this.#functions = new FunctionAsker(new Asker(settingsOf(options)), ["functions", "v1", "destinations"]);
  }

  /** Oldest first. */
  list(call?: CallOptions): Promise<DestinationsAnswer> {
    return this.#functions.ask({ method: "GET", parts: [], reader: readerOf("list") }, call);
  }

  /** Makes one. `secret`: what a webhook's messages are signed with; it is told this once. */
  create(body: AskedDestination, call?: CallOptions): Promise<NewDestinationAnswer> {
    const question = {
      method: "POST",
      parts: [],
      body,
      reader: readerOf("made"),
      isOnce: true,
    } as const;
    return this.#functions.ask(question, call);
  }

  /** Changes what is given. `secret`: what a webhook's messages are signed with from now on, where the address was changed. */
  update(id: string, body: Partial<AskedDestination>, call?: CallOptions): Promise<NewDestinationAnswer> {
    return this.#functions.ask({ method: "PATCH", parts: [id], body, reader: readerOf("made") }, call);
  }

  /** Deletes one with its messages. */
  async delete(id: string, call?: CallOptions): Promise<void> {
    await this.#functions.ask({ method: "DELETE", parts: [id], reader: readerOf("nothing") }, call);
  }

  /** Sends a test message, and says what the receiver answered. */
  test(id: string, call?: CallOptions): Promise<DestinationTestAnswer> {
    const question = {
      method: "POST",
      parts: [id, "test"],
      reader: readerOf("test"),
      isOnce: true,
    } as const;
    return this.#functions.ask(question, call);
  }

  /** Its messages, newest first. `limit`: 1 to 500, 50 unless given. `cursor`: of the previous page. */
  deliveries(
    id: string,
    query: CallOptions & { readonly cursor?: string | undefined; readonly limit?: number | undefined } = {},
  ): Promise<DeliveriesAnswer> {
    const { signal, ...parameters } = query;
    const question = { method: "GET", parts: [id, "deliveries"], query: parameters } as const;
    return this.#functions.ask({ ...question, reader: readerOf("deliveries") }, { signal });
  }
}

type Schemas = ReturnType<typeof import("./rare-answers.ts").destinationSchemas>;
type AnswerOf<Name extends keyof Schemas> = Schemas[Name] extends AnswerSchema<infer Answer> ? Answer : never;

function readerOf<Name extends keyof Schemas>(name: Name): ReaderSource<AnswerOf<Name>> {
  return rare((all) => all.destinationSchemas()[name] as AnswerSchema<AnswerOf<Name>>);
}

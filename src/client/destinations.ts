import type {
  AnswerSchema,
  DeliveriesAnswer,
  Destination,
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
 * Where the caller's signals are sent to: see docs/messages.md. `options`: as of a client, whose server has the traders. A class apart from the client, so that programs without it don't carry it.
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

  /**
   * The caller's destinations, oldest first, each with what waits and what failed. Times are Unix milliseconds.
   *
   * @throws ClientError `unauthorized`, `forbidden`; `not_ready` while the database starts
   * @example
   * const list = await destinations.list();
   * for (const { name, shown, waiting, lastError } of list.destinations) console.log(name, shown, waiting, lastError);
   */
  list(call?: CallOptions): Promise<DestinationsAnswer> {
    return this.#functions.ask({ method: "GET", parts: [], reader: readerOf("list") }, call);
  }

  /**
   * Makes a destination. `secret` is what a webhook's messages are signed with; it is told this once. Retried after 429 only, so that a lost
   * answer doesn't make two.
   *
   * @throws ClientError `invalid_parameter` for an address or rules that can't be
   * @example
   * const address = { kind: "webhook", url: "https://bot.example.org/signals" } as const;
   * const { id, secret } = await destinations.create({ name: "Bot", address, maxPerHour: 60 });
   * console.log(id, secret);
   */
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

  /**
   * Changes what is given of a destination. Other properties keep their values. `secret` is what a webhook's messages are signed with from now on, where
   * its address was changed; it is told this once.
   *
   * @throws ClientError `not_found`; `invalid_parameter`
   * @example
   * await destinations.update("00000000-0000-4000-8000-000000000000", { quiet: { from: 22 * 60, until: 7 * 60 } });
   */
  update(id: string, body: Partial<AskedDestination>, call?: CallOptions): Promise<NewDestinationAnswer> {
    return this.#functions.ask({ method: "PATCH", parts: [id], body, reader: readerOf("made") }, call);
  }

  /**
   * Deletes a destination with its messages.
   *
   * @throws ClientError `not_found`
   * @example
   * await destinations.delete("00000000-0000-4000-8000-000000000000");
   */
  async delete(id: string, call?: CallOptions): Promise<void> {
    await this.#functions.ask({ method: "DELETE", parts: [id], reader: readerOf("nothing") }, call);
  }

  /**
   * Sends a test message, and says what the receiver answered.
   *
   * @throws ClientError `not_found`; `rate_limited` after too many tests
   * @example
   * const { accepted, answer } = await destinations.test("00000000-0000-4000-8000-000000000000");
   * console.log(accepted, answer);
   */
  test(id: string, call?: CallOptions): Promise<DestinationTestAnswer> {
    const question = {
      method: "POST",
      parts: [id, "test"],
      reader: readerOf("test"),
      isOnce: true,
    } as const;
    return this.#functions.ask(question, call);
  }

  /**
   * Confirms an e-mail address with the code that was mailed to it. Until then nothing else is sent there.
   *
   * @throws ClientError `not_found`; `invalid_parameter` for another code, or one that is too old
   * @example
   * const { confirmed } = await destinations.confirm("00000000-0000-4000-8000-000000000000", "1234 5678");
   * console.log(confirmed);
   */
  confirm(id: string, code: string, call?: CallOptions): Promise<Destination> {
    const question = {
      method: "POST",
      parts: [id, "confirm"],
      body: { code },
      reader: readerOf("one"),
      isOnce: true,
    } as const;
    return this.#functions.ask(question, call);
  }

  /**
   * Mails another code to an address that isn't confirmed yet, and says what the mail server answered.
   *
   * @throws ClientError `not_found`; `rate_limited` after too many codes
   * @example
   * const { accepted, answer } = await destinations.mailCode("00000000-0000-4000-8000-000000000000");
   * console.log(accepted, answer);
   */
  mailCode(id: string, call?: CallOptions): Promise<DestinationTestAnswer> {
    return this.#functions.ask({ method: "POST", parts: [id, "code"], reader: readerOf("test"), isOnce: true }, call);
  }

  /**
   * Sends a delivery again that was given up, with the same key.
   *
   * @throws ClientError `not_found` where it isn't there, or isn't given up
   * @example
   * const id = "00000000-0000-4000-8000-000000000000";
   * const { deliveries } = await destinations.deliveries(id);
   * for (const one of deliveries) if (one.state === "dead") await destinations.again(id, one.id);
   */
  again(id: string, delivery: number, call?: CallOptions): Promise<Destination> {
    const question = { method: "POST", parts: [id, "again"], body: { delivery }, reader: readerOf("one") } as const;
    return this.#functions.ask(question, call);
  }

  /**
   * The messages of a destination, newest first, and what became of each. `limit`: 1 to 500, 50 unless given. `cursor` requests the next page;
   * null at the end. Times are Unix milliseconds.
   *
   * @throws ClientError `not_found`
   * @example
   * const { deliveries, cursor } = await destinations.deliveries("00000000-0000-4000-8000-000000000000", { limit: 20 });
   * for (const { state, attempts } of deliveries) console.log(state, attempts);
   * console.log(cursor);
   */
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

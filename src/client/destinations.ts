import type {
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
import { rare } from "./reader.ts";

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
    this.#functions = new FunctionAsker(new Asker(settingsOf(options)), ["functions", "v1"]);
  }

  /** Oldest first. */
  list(call?: CallOptions): Promise<DestinationsAnswer> {
    return this.#functions.ask(
      { method: "GET", parts: ["destinations"], reader: rare((all) => all.destinationSchemas().list) },
      call,
    );
  }

  /** Makes one. `secret`: what a webhook's messages are signed with; it is told this once. */
  create(body: AskedDestination, call?: CallOptions): Promise<NewDestinationAnswer> {
    const question = {
      method: "POST",
      parts: ["destinations"],
      body,
      reader: rare((all) => all.destinationSchemas().made),
      isOnce: true,
    } as const;
    return this.#functions.ask(question, call);
  }

  /** Changes what is given. `secret`: what a webhook's messages are signed with from now on, where the address was changed. */
  update(id: string, body: Partial<AskedDestination>, call?: CallOptions): Promise<NewDestinationAnswer> {
    return this.#functions.ask(
      { method: "PATCH", parts: ["destinations", id], body, reader: rare((all) => all.destinationSchemas().made) },
      call,
    );
  }

  /** Deletes one with its messages. */
  async delete(id: string, call?: CallOptions): Promise<void> {
    await this.#functions.ask(
      { method: "DELETE", parts: ["destinations", id], reader: rare((all) => all.destinationSchemas().nothing) },
      call,
    );
  }

  /** Sends a test message, and says what the receiver answered. */
  test(id: string, call?: CallOptions): Promise<DestinationTestAnswer> {
    const question = {
      method: "POST",
      parts: ["destinations", id, "test"],
      reader: rare((all) => all.destinationSchemas().test),
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
    const question = { method: "GET", parts: ["destinations", id, "deliveries"], query: parameters } as const;
    return this.#functions.ask({ ...question, reader: rare((all) => all.destinationSchemas().deliveries) }, { signal });
  }
}

import { assert, type Clock, type Random } from "../../core/mod.ts";
import {
  codeMailOf,
  DeliveryLoop,
  type MailSettings,
  newWebhookSecret,
  type PostingRules,
  refusalOf,
  send,
  sendMail,
  testOf,
} from "../../deliveries/mod.ts";
import { type Deliverer, DeliveriesTable, type Sql, type TraderFigures, type TraderLog } from "../../traders/mod.ts";

/** What messages go by. */
export interface MessagesParts {
  /** How they reach what users named. */
  readonly posting: PostingRules & { readonly telegramUrl: string; readonly mail?: MailSettings | undefined };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: TraderLog;
}

/** Sends messages about signals and price alerts, for as long as a database is the one that is used. */
export class Messages implements Deliverer {
  readonly #parts: MessagesParts;
  #loop: DeliveryLoop | undefined;
  #ending: AbortController = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: MessagesParts) {
    this.#parts = parts;
  }

  /** Begins for a database that has been opened. It ends with the signal, or when {@link end} is called. */
  begin(sql: Sql, signal: AbortSignal): void {
    const { posting, clock, random, log } = this.#parts;
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#loop = new DeliveryLoop({ ...posting, table: new DeliveriesTable(sql), clock, random, log });
    this.#running = this.#loop.run(AbortSignal.any([this.#ending.signal, signal]));
  }

  /** Ends it. Resolves once what became of the message at hand is noted, which takes some seconds at most. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  figures(): TraderFigures["messages"] {
    return this.#loop?.figures();
  }

  wake(): void {
    this.#loop?.wake();
  }

  newSecret(): string {
    return newWebhookSecret();
  }

  async refusal(address: Parameters<Deliverer["refusal"]>[0]): Promise<string | undefined> {
    return await refusalOf(address, this.#parts.posting);
  }

  async test(address: Parameters<Deliverer["test"]>[0]): ReturnType<Deliverer["test"]> {
    const { posting, clock } = this.#parts;
    return this.#told(await send(address, testOf(crypto.randomUUID()), { ...posting, now: clock.now() }));
  }

  async sendCode(to: string, code: string): ReturnType<Deliverer["sendCode"]> {
    const { mail } = this.#parts.posting;
    assert(mail !== undefined, "an e-mail address is refused where no e-mail is sent");
    return this.#told(await sendMail(codeMailOf(to, code, crypto.randomUUID(), mail), mail));
  }

  #told({ outcome, answer, fault }: Awaited<ReturnType<typeof send>>): { accepted: boolean; answer: string } {
    if (fault !== undefined) this.#parts.log.warn(`e-mail isn't sent: ${fault}`);
    return { accepted: outcome === "accepted", answer };
  }
}

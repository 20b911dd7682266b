import { reached, type Sql } from "./database.ts";
import { mailboxOf } from "./mail-codes-table.ts";

/** The tokens of the links that end an owner's e-mails to a mailbox, as rows. They are kept for good: every mail that was sent has one. */
export class MailLinksTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The token for an owner's mails to an address: one for the mailbox, whatever destinations there are and were. */
  async tokenOf(owner: string, to: string): Promise<string> {
    const mailbox = mailboxOf(to);
    const read = async (): Promise<string | undefined> => {
      const [row] = await reached(this.#sql<{ token: string }[]>`
        select token from public.mail_links where owner = ${owner} and mailbox = ${mailbox} order by created_at, token limit 1`);
      return row?.token;
    };
    const known = await read();
    if (known !== undefined) return known;
    const made = crypto.randomUUID();
    // Two calls at a time may both make one: each token ends the mails of both.
    await reached(
      this.#sql`insert into public.mail_links (token, owner, mailbox) values (${made}, ${owner}, ${mailbox})`,
    );
    return (await read()) ?? made;
  }
}

import { reached, type Sql } from "./database.ts";
import { mailboxOf } from "./mail-codes-table.ts";

/** E-mails that are sent at most within an hour, whatever the destinations: of an owner, of an owner to a mailbox, and tests to a mailbox. */
export const MAIL_BOUNDS = { ofOwner: 500, toMailbox: 100, testsToMailbox: 5 } as const;

/** What an e-mail is sent for. */
export interface MailRequest {
  readonly owner: string;
  /** The address. */
  readonly to: string;
  readonly isTest: boolean;
}

/** Leave to send one e-mail, or in how many milliseconds to ask again. */
export type MailAllowance = { readonly id: number } | { readonly freeInMs: number };

/** E-mails of the last hour, as rows. */
export class MailsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Counts an e-mail that is to be sent now, where {@link MAIL_BOUNDS} allow it. */
  async take({ owner, to, isTest }: MailRequest): Promise<MailAllowance> {
    const mailbox = mailboxOf(to);
    const { ofOwner, toMailbox, testsToMailbox } = MAIL_BOUNDS;
    return await reached(
      this.#sql.begin(async (sql): Promise<MailAllowance> => {
        await sql`select pg_advisory_xact_lock(hashtextextended('vyx.mails', 0))`;
        await sql`delete from public.mails where created_at < clock_timestamp() - interval '1 hour'`;
        const [full] = await sql<{ free_in_ms: number }[]>`
          select extract(epoch from max(free_at) - clock_timestamp())::double precision * 1000 as free_in_ms from (
            select min(created_at) + interval '1 hour' as free_at from public.mails where owner = ${owner} having count(*) >= ${ofOwner}
            union all
            select min(created_at) + interval '1 hour' from public.mails where owner = ${owner} and mailbox = ${mailbox} having count(*) >= ${toMailbox}
            union all
            select min(created_at) + interval '1 hour' from public.mails where ${isTest} and mailbox = ${mailbox} and is_test having count(*) >= ${testsToMailbox}
          ) bounds having count(*) > 0`;
        if (full !== undefined) return { freeInMs: Math.max(1, full.free_in_ms) };
        const [row] = await sql<{ id: number }[]>`
          insert into public.mails (owner, mailbox, is_test) values (${owner}, ${mailbox}, ${isTest}) returning id`;
        return { id: Number(row?.id) };
      }),
    );
  }

  /** One that was counted wasn't taken by the mail server. */
  async giveBack(id: number): Promise<void> {
    await reached(this.#sql`delete from public.mails where id = ${id}`);
  }
}

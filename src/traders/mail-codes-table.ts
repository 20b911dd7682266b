import { CODE_DIGITS } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";

/** Codes that are mailed at most, so that nobody floods a stranger: within an hour for an owner, to a mailbox and in all, and to a mailbox in 30 days. */
export const CODE_BOUNDS = { ofOwner: 5, toMailbox: 3, inAll: 100, toMailboxInDays: 10, days: 30 } as const;

/** A code is good for so long, in minutes, and for so many tries. */
export const CODE_MINUTES = 60;
export const CODE_TRIES = 5;

/** What a code is mailed for. */
export interface CodeRequest {
  readonly destination: string;
  readonly owner: string;
  /** The address. */
  readonly to: string;
}

/** What became of a code that was entered; `left`: tries that are left. */
export type CodeVerdict = { readonly is: "right" | "expired" } | { readonly is: "wrong"; readonly left: number };

/** Codes that were mailed to addresses, as rows. A destination's newest one counts. */
export class MailCodesTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Makes a code for an address. Undefined where {@link CODE_BOUNDS} are reached: nothing may be mailed now. */
  async issue({ destination, owner, to }: CodeRequest): Promise<string | undefined> {
    const code = newCode();
    const mailbox = mailboxOf(to);
    const issued = await reached(
      this.#sql.begin(async (sql) => {
        await sql`select pg_advisory_xact_lock(hashtextextended('vyx.mail_codes', 0))`;
        await sql`delete from public.mail_codes where created_at < clock_timestamp() - ${CODE_BOUNDS.days}::integer * interval '1 day'`;
        const [counts] = await sql<Record<"owner" | "mailbox" | "all" | "days", number>[]>`
          select count(*) filter (where is_new and owner = ${owner})::integer as owner,
            count(*) filter (where is_new and mailbox = ${mailbox})::integer as mailbox,
            count(*) filter (where is_new)::integer as all,
            count(*) filter (where mailbox = ${mailbox})::integer as days
          from (select *, created_at > clock_timestamp() - interval '1 hour' as is_new from public.mail_codes) c
          where is_new or mailbox = ${mailbox}`;
        if (counts === undefined || !isWithin(counts)) return false;
        await sql`insert into public.mail_codes (destination_id, owner, recipient, mailbox, code)
          values (${destination}, ${owner}, ${to}, ${mailbox}, ${code})`;
        return true;
      }),
    );
    return issued ? code : undefined;
  }

  /** Compares a code with the newest one of a destination, and confirms its address if they are equal: for all of its owner's destinations. */
  async enter(destination: string, code: string): Promise<CodeVerdict> {
    return await reached(
      this.#sql.begin(async (sql): Promise<CodeVerdict> => {
        const [newest] = await sql<CodeRow[]>`
          select id, code, recipient, tries, created_at < clock_timestamp() - ${CODE_MINUTES}::integer * interval '1 minute' as is_old
          from public.mail_codes where destination_id = ${destination} order by id desc limit 1 for update`;
        if (newest === undefined || newest.is_old || newest.tries >= CODE_TRIES) return { is: "expired" };
        const isRight = newest.code === code;
        // A code is used once.
        const tries = isRight ? CODE_TRIES : newest.tries + 1;
        await sql`update public.mail_codes set tries = ${tries} where id = ${newest.id}`;
        if (!isRight) return { is: "wrong", left: CODE_TRIES - tries };
        const { count } = await sql`
          update public.destinations set confirmed = true, last_error = null, failures = 0, failing_since = null, next_at = '-infinity'
          where owner = (select owner from public.destinations where id = ${destination}) and not confirmed
            and kind = 'email' and address ->> 'to' = ${newest.recipient}`;
        return { is: count === 0 ? "expired" : "right" };
      }),
    );
  }

  /** Whether an owner has confirmed an address before: then it needs no other code. */
  async isConfirmed(owner: string, to: string): Promise<boolean> {
    const rows = await reached(this.#sql`
      select from public.destinations where owner = ${owner} and kind = 'email' and confirmed and address ->> 'to' = ${to} limit 1`);
    return rows.count > 0;
  }
}

interface CodeRow {
  readonly id: number;
  readonly code: string;
  readonly recipient: string;
  readonly tries: number;
  readonly is_old: boolean;
}

function isWithin({ owner, mailbox, all, days }: Record<"owner" | "mailbox" | "all" | "days", number>): boolean {
  const { ofOwner, toMailbox, inAll, toMailboxInDays } = CODE_BOUNDS;
  return owner < ofOwner && mailbox < toMailbox && all < inAll && days < toMailboxInDays;
}

/** The mailbox that an address means: providers pass over capitals, dots and what follows a plus. @example mailboxOf("An.Na+vyx@Example.com") // "anna@example.com" */
export function mailboxOf(to: string): string {
  const [name = "", domain = ""] = to.toLowerCase().split("@");
  return `${name.replace(/\+.*$/, "").replaceAll(".", "")}@${domain}`;
}

/** A code that nobody guesses within {@link CODE_TRIES}. */
function newCode(): string {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(random % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, "0");
}

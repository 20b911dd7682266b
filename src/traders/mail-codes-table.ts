import { CODE_DIGITS } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";

/**
 * Codes that are mailed at most, so that nobody floods a stranger. One owner gets only a part of a mailbox's, so that another one who asks for too
 * many doesn't keep the mailbox's owner from confirming it.
 */
export const CODE_BOUNDS = {
  /** Within an hour: for an owner, to a mailbox for one owner and for all, and in all. */
  ofOwner: 5,
  toMailboxOfOwner: 2,
  toMailbox: 5,
  inAll: 100,
  /** In so many days: to a mailbox for one owner and for all, and those for an owner that nobody entered. */
  days: 30,
  toMailboxOfOwnerInDays: 5,
  toMailboxInDays: 15,
  neverEntered: 10,
} as const;

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
        const [counts] = await sql<CodeCounts[]>`
          select count(*) filter (where is_new and is_own)::integer as "ofOwner",
            count(*) filter (where is_new and is_own and is_to)::integer as "toMailboxOfOwner",
            count(*) filter (where is_new and is_to)::integer as "toMailbox",
            count(*) filter (where is_new)::integer as "inAll",
            count(*) filter (where is_own and is_to)::integer as "toMailboxOfOwnerInDays",
            count(*) filter (where is_to)::integer as "toMailboxInDays",
            count(*) filter (where is_own and not entered)::integer as "neverEntered"
          from (select entered, created_at > clock_timestamp() - interval '1 hour' as is_new, owner = ${owner} as is_own, mailbox = ${mailbox} as is_to
            from public.mail_codes) c
          where is_new or is_own or is_to`;
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
        await sql`update public.mail_codes set tries = ${tries}, entered = ${isRight} where id = ${newest.id}`;
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

/** How many codes there are of each bound. */
type CodeCounts = Readonly<Record<Exclude<keyof typeof CODE_BOUNDS, "days">, number>>;

function isWithin(counts: CodeCounts): boolean {
  return (Object.keys(counts) as (keyof CodeCounts)[]).every((bound) => counts[bound] < CODE_BOUNDS[bound]);
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

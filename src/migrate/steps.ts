/** A step of moving over or back: what is done, and the command for each kind of host. */
export interface MigrationStep {
  readonly does: string;
  /** Where Supabase hosts the functions. */
  readonly supabase: string;
  /** Where a server on Fly hosts them. */
  readonly fly: string;
}

/** Who hosts the functions, as far as it is known. */
export interface Hosts {
  /** The project's reference at Supabase. */
  readonly project: string;
  /** The app at Fly. */
  readonly app: string;
}

/**
 * The steps to a share of traders and users. The address of Redis is set first, so that no instance is without its fallback;
 * `redisUrl` is where it is by Upstash's REST, undefined when only the shell knows. A shell in which a variable isn't set refuses the
 * command: an empty secret would leave the functions without any source.
 */
export function cutoverSteps(share: number, hosts: Hosts, redisUrl: string | undefined): MigrationStep[] {
  return [
    secretsStep("Configure Redis in the functions, if it isn't configured yet", hosts, [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell fills these in, so that no token is printed.
      `UPSTASH_REDIS_REST_URL=${redisUrl === undefined ? '"${UPSTASH_REDIS_REST_URL:?export it first}"' : quoted(redisUrl)}`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
      'UPSTASH_REDIS_REST_TOKEN="${UPSTASH_REDIS_TOKEN:?export it first}"',
    ]),
    secretsStep(`Let ${share} percent of traders and users read from Vyx, with Redis as the fallback`, hosts, [
      "VYX_SOURCE=vyx-then-redis",
      `VYX_SOURCE_SHARE=${share}`,
    ]),
  ];
}

/** The one step back. */
export function rollbackSteps(hosts: Hosts): MigrationStep[] {
  return [secretsStep("Let everyone read from Redis again", hosts, ["VYX_SOURCE=redis"])];
}

function secretsStep(does: string, { project, app }: Hosts, variables: readonly string[]): MigrationStep {
  const list = variables.join(" ");
  return {
    does,
    supabase: `supabase secrets set --project-ref ${project} ${list}`,
    fly: `fly secrets set --app ${app} ${list}`,
  };
}

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Times of Prometheus in seconds. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Limits that are changed, as no cause reaches the kit's own within a minute: those of ages by the factor, those of bytes by what a small
 * market or database can have.
 */
const LIMITS: readonly (readonly [from: string, to: (factor: number) => string])[] = [
  ["vyx_checkpoint_age_seconds > 600", (factor) => `vyx_checkpoint_age_seconds > ${600 / factor}`],
  ["vyx_database_maintenance_age_seconds > 600", (factor) => `vyx_database_maintenance_age_seconds > ${600 / factor}`],
  ["vyx_trader_backlog_seconds > 30", (factor) => `vyx_trader_backlog_seconds > ${30 / factor}`],
  ["vyx_database_bytes > 4e9", () => "vyx_database_bytes > 4e7"],
  ['vyx_memory_bytes{kind!="cgroup"}) > 1.5e9', () => 'vyx_memory_bytes{kind!="cgroup"}) > 4e8'],
];

/** The figure of this alert is the longest wait of the last 15 s, so it holds for longer than a single one. */
const OWN_WINDOW = { alert: "VyxEventLoopLate", holdsSeconds: 20 } as const;

/** The kit's rules, with all times divided by the factor, and {@link LIMITS}. Throws when a limit isn't among them any more. */
export function scaledRules(rules: string, factor: number): string {
  const shorter = (time: string): string => {
    const [, amount = "", unit = ""] = /^(\d+)([smhd])$/.exec(time) ?? [];
    return `${Math.max(1, Math.round((1_000 * Number(amount) * (UNITS[unit] ?? Number.NaN)) / factor))}ms`;
  };
  let scaled = rules
    .replace(/\[(\d+[smhd])\]/g, (_, time: string) => `[${shorter(time)}]`)
    .replace(
      /^( +(?:for|keep_firing_for)): (\d+[smhd])$/gm,
      (_, name: string, time: string) => `${name}: ${shorter(time)}`,
    );
  for (const [from, to] of LIMITS) {
    if (!scaled.includes(from)) throw new Error(`the rules have no ${from} any more: change it here, too`);
    scaled = scaled.replace(from, to(factor));
  }
  const own = new RegExp(`(alert: ${OWN_WINDOW.alert}\\n.*\\n +for: )\\S+`);
  return scaled.replace(own, `$1${OWN_WINDOW.holdsSeconds}s`);
}

/** In words, what {@link scaledRules} changes. */
export function scaleInWords(factor: number): string {
  const limits = LIMITS.map(([from, to]) => `\`${from}\` is \`${to(factor).replace(/^.* > /, "")}\``).join(", ");
  return `All times of the rules and of Alertmanager are divided by ${factor}, and ${limits}. ${OWN_WINDOW.alert} must hold for ${OWN_WINDOW.holdsSeconds} s.`;
}

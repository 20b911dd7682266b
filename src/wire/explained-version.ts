/** Which versions of a trader an explanation is about. */
export interface VersionsExplained {
  /** The trader's present one. */
  readonly now: number;
  /** The one that is asked for, because it gave a signal. */
  readonly asked: number;
  /** The one whose filter is explained: the present one where the one that is asked for isn't kept any more. */
  readonly explained: number;
}

/** What is to be said where an older version is asked for. */
export function versionNotes({ now, asked, explained }: VersionsExplained): readonly string[] {
  if (asked === now) return [];
  if (explained === asked)
    return [`the trader is at version ${now} now; this explains version ${explained}, which gave the signal`];
  return [`the signal is of version ${asked}, and this explains version ${explained}`];
}

/** The palette of studies, in the order in which new ones take the colours. The style sheet has them as `--study-1` and so on, for both themes. */
export const STUDY_COLORS: readonly string[] = ["Amber", "Violet", "Cyan", "Pink", "Blue", "Lime", "Coral", "Grey"];

/** The names of the widths, from 1 on. */
export const STUDY_WIDTHS: readonly string[] = ["Thin", "Medium", "Thick"];

/**
 * The longest text that a filter may have in a machine, in UTF-16 units: so comparing, converting and copying one is short work,
 * that can't be interrupted. Far more than facts may be.
 */
export const MAX_TEXT_LENGTH = 16_384;

/** The longest pattern of a regular expression, and all patterns of a filter's code together: the machine can't be interrupted while it compiles them. */
export const MAX_PATTERN_LENGTH = 256;
export const MAX_PATTERNS_LENGTH = 1_024;

/** A reference back to a group, `\1` or `\k<name>`: the machine compares all of a text for one, again and again, without a look at the time. */
export const BACK_REFERENCE: RegExp = /(?:^|[^\\])(?:\\\\)*\\[1-9k]/;

const WORDS =
  "password|passwd|secret|token|authorization|cookie|api_?key|credential|private_?key|session_?id";
/** `password: "x"`, `"token" => "x"`, `"secret":"x"`, also with quotes that are escaped in JSON. */
const VALUE = new RegExp(
  `((?:${WORDS})\\w*\\\\?"?(?:\\s*(?:=>|:|=)\\s*)\\\\?["'])((?:(?!\\\\?["']).)+)`,
  "gi",
);

/**
 * Values of secret keys as asterisks. They are so in a recording already; this is for one that was made with `--no-redact`, before
 * anything of it leaves the machine.
 */
export const masked = (text: string): string => text.replace(VALUE, (_, key: string) => `${key}********`);

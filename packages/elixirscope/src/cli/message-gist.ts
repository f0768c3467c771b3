const PID = /#PID<[\d.]+>/.source;
const REF = /#Reference<[\d.]+>/.source;
const TAG = `(?:\\[:alias \\| ${REF}\\]|${REF})`;

// What was cut at the end of a line has no closing brace.
const CALL = new RegExp(`^\\{:"\\$gen_call", \\{${PID}, ${TAG}\\}, (.*?)\\}?$`, "s");
const CAST = /^\{:"\$gen_cast", (.*?)\}?$/s;
const REPLY = new RegExp(`^\\{${TAG}, (.*?)\\}?$`, "s");

/** A request without the envelope that all calls have. */
export const requestGist = (text: string): string => CALL.exec(text)?.[1] ?? text;

/** A message without the envelope of OTP: `call :increment`, `cast {:note, 3}`, and the bare value of a reply. */
export function messageGist(text: string): string {
  const call = CALL.exec(text)?.[1];
  if (call !== undefined) return `call ${call}`;
  const cast = CAST.exec(text)?.[1];
  return cast === undefined ? (REPLY.exec(text)?.[1] ?? text) : `cast ${cast}`;
}

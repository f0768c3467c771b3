import { WayError } from "@elixirscope/dist";

/** What keeps a tunnel from being there; see {@link SshError}. */
export type SshErrorCode =
  | "SSH_BAD_CONFIG"
  | "SSH_BAD_DESTINATION"
  | "SSH_AUTH_FAILED"
  | "SSH_FORWARDING_FORBIDDEN"
  | "SSH_HANDSHAKE_FAILED"
  | "SSH_HOST_KEY_CHANGED"
  | "SSH_HOST_KEY_REVOKED"
  | "SSH_HOST_NOT_FOUND"
  | "SSH_HOST_UNKNOWN"
  | "SSH_KEY_UNREADABLE"
  | "SSH_PASSPHRASE_NEEDED"
  | "SSH_PASSPHRASE_WRONG"
  | "SSH_UNREACHABLE";

/** Every failure of a tunnel. `message` says what to do; neither it nor `details` has a secret. */
export class SshError extends WayError {
  constructor(
    code: SshErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(code, message, details, cause);
    this.name = "SshError";
  }
}

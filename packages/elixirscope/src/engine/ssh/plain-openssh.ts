import { createPrivateKey } from "node:crypto";

const string = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/**
 * An Ed25519 key in OpenSSH's own form, without a passphrase: the only one in which the SSH client takes it. It stays in memory.
 * "PROTOCOL.key" in OpenSSH's sources.
 *
 * @param pem of PKCS #8
 * @param publicKey as SSH sends it
 */
export function plainOpenSsh(pem: string, publicKey: Buffer): string {
  const jwk = createPrivateKey(pem).export({ format: "jwk" });
  const point = Buffer.from(jwk.x as string, "base64url");
  const pair = Buffer.concat([Buffer.from(jwk.d as string, "base64url"), point]);
  const secret = Buffer.concat([
    Buffer.alloc(8),
    string("ssh-ed25519"),
    string(point),
    string(pair),
    string(""),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    one,
    string(publicKey),
    string(Buffer.concat([secret, padding])),
  ]);
  const rows = body.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${rows.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

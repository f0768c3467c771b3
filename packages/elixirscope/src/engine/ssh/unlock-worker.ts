import { parentPort, workerData } from "node:worker_threads";
import ssh2 from "ssh2";
import { plainOpenSsh } from "./plain-openssh.ts";
import type { Locked, Unlocked } from "./ssh-keys.ts";

// The thread that opens a key: deriving one from a passphrase takes a second or two, in which the engine has to go on.

const { text, passphrase } = workerData as Locked;
const key = ssh2.utils.parseKey(text, passphrase);
const answer: Unlocked =
  key instanceof Error
    ? { error: key.message }
    : {
        pem:
          key.type === "ssh-ed25519"
            ? plainOpenSsh(key.getPrivatePEM(), key.getPublicSSH())
            : key.getPrivatePEM(),
      };
parentPort?.postMessage(answer);

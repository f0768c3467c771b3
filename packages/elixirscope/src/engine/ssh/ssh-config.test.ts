import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wayTo } from "./ssh-config.ts";
import { hopName, type SshHome } from "./ssh-hop.ts";

let home: SshHome;
beforeAll(() => {
  const folder = join(mkdtempSync(join(tmpdir(), "ssh-config-")), ".ssh");
  mkdirSync(folder);
  home = { folder, user: "ada", agent: "/run/agent" };
});
afterAll(() => rmSync(join(home.folder, ".."), { recursive: true }));

const config = (text: string, name = "config"): void => writeFileSync(join(home.folder, name), text);

describe("the way to a host", () => {
  it("is its name, where nothing is said", async () => {
    config("");
    const [hop, ...others] = await wayTo("bob@shop.test:2222", undefined, home);
    expect(others).toEqual([]);
    expect(hop).toMatchObject({
      host: "shop.test",
      port: 2222,
      user: "bob",
      keyName: "[shop.test]:2222",
      agent: "/run/agent",
    });
    expect(hop?.keyFiles[0]).toBe(join(home.folder, "id_ed25519"));
    expect(hopName((await wayTo("[::1]:22", undefined, home))[0]!)).toBe("ada@[::1]");
    expect(await wayTo("ssh://bob@shop.test", undefined, home)).toMatchObject([
      { host: "shop.test", port: 22 },
    ]);
  });

  it("has what the configuration says: the first that fits holds, what is given holds more", async () => {
    config(`
Host prod
  HostName %h.shop.test
  Port 2200
  User deploy
  IdentityFile ~/.ssh/prod_key
  IdentityFile second_key
  IdentityAgent none
  HostKeyAlias Prod-Alias
  UserKnownHostsFile ~/.ssh/prod_hosts /etc/more_hosts
Match user eve
  Port 99
Host *
  User everybody
  Port 1
`);
    const [hop] = await wayTo("prod", undefined, home);
    expect(hop).toEqual({
      host: "prod.shop.test",
      port: 2200,
      user: "deploy",
      keyName: "[prod-alias]:2200",
      keyFiles: [join(home.folder, "prod_key"), join(home.folder, "second_key")],
      agent: undefined,
      knownHostsFiles: [join(home.folder, "prod_hosts"), "/etc/more_hosts"],
    });
    expect(await wayTo("bob@prod:3", undefined, home)).toMatchObject([{ user: "bob", port: 3 }]);
    expect(await wayTo("eve@other", undefined, home)).toMatchObject([{ user: "eve", port: 99 }]);
    expect((await wayTo("prod", "/k", home))[0]?.keyFiles[0]).toBe("/k");
  });

  it("asks for one key only where IdentitiesOnly says so", async () => {
    config("Host only\n  IdentitiesOnly yes\n");
    expect((await wayTo("only", "/k", home))[0]?.keyFiles).toEqual(["/k"]);
  });

  it("leads over other hosts, and those over others", async () => {
    config(`
Host inner
  ProxyJump ops@middle:2201,second
Host middle
  ProxyJump outer
Host second
  User two
Host direct
  ProxyJump none
`);
    const hops = await wayTo("inner", undefined, home);
    expect(hops.map(hopName)).toEqual(["ada@outer", "ops@middle:2201", "two@second", "ada@inner"]);
    expect((await wayTo("direct", undefined, home)).map(hopName)).toEqual(["ada@direct"]);
  });

  it("takes in what the configuration includes", async () => {
    mkdirSync(join(home.folder, "d"), { recursive: true });
    config("Host a\n  Port 7\n", "d/one.conf");
    config("Host b\n  Port 8\n", "d/two.conf");
    config("Host b\n  Port 9\n", "d/two.old");
    config(`Include d/*.conf\nInclude ${join(home.folder, "nowhere")}\n`);
    expect(await wayTo("a", undefined, home)).toMatchObject([{ port: 7 }]);
    expect(await wayTo("b", undefined, home)).toMatchObject([{ port: 8 }]);
    config("Include config\n");
    await expect(wayTo("a", undefined, home)).rejects.toMatchObject({ code: "SSH_BAD_CONFIG" });
  });

  it("runs no program", async () => {
    config(`Match exec "touch ${join(home.folder, "ran")}"\n  Port 9\n`);
    expect(await wayTo("a", undefined, home)).toMatchObject([{ port: 22 }]);
    config("Host *\n  ProxyCommand nc %h %p\n");
    await expect(wayTo("a", undefined, home)).rejects.toThrow(/ProxyCommand, which is not run/);
  });

  it.each(["", "a b", "a@", "@b", "-o", "a:0", "a:70000", "a@b@c", "ssh://a/b", "::1"])(
    "%j is none",
    async (text) => {
      config("");
      await expect(wayTo(text, undefined, home)).rejects.toMatchObject({ code: "SSH_BAD_DESTINATION" });
    },
  );
});

import { expect, it } from "vitest";
import { Redactor } from "./redaction.ts";
import { withoutSecrets } from "./source-secrets.ts";

const SOURCE = `defmodule Shop.Mail do
  # password: in-a-comment
  @options [password: "hunter2", port: 587, api_key: 'k-123']
  @password "hunter3"
  @env put_env("API_TOKEN", "tok-1") && put(:secret, "é-2") && port(4000, "a text")
  @url "https://x.test/?token=tok-77&page=2"
  @doc """
  Signs in with %{"secret" => "heredoc-é-1"} or so.
  """
  def login(%{"password" => password} = params, token) do
    token = Phoenix.Token.sign(params, "salt of ours", token)
    %{password: password, secret: Enum.map(params, & &1.token)}
    Logger.info("nothing hidden here")
  end
end
`;

it("a source keeps its code and its lines, and loses the secrets that it spells out", () => {
  const shown = withoutSecrets(SOURCE, new Redactor());
  for (const secret of ["hunter2", "hunter3", "tok-1", "é-2", "k-123", "tok-77", "heredoc-é-1"])
    expect(shown).not.toContain(secret);
  expect(shown.split("\n").length).toBe(SOURCE.split("\n").length);
  for (const code of [
    "  @options [password: ",
    "port: 587",
    'port(4000, "a text")',
    '  def login(%{"password" => password} = params, token) do',
    "    token = Phoenix.Token.sign(params, ",
    "    %{password: password, secret: Enum.map(params, & &1.token)}",
    '    Logger.info("nothing hidden here")',
  ])
    expect(shown).toContain(code);
});

it("words of the application count as well, and a source without secrets is what it was", () => {
  expect(withoutSecrets('f(pet_name: "rex")', new Redactor(["pet_name"]))).not.toContain("rex");
  expect(withoutSecrets("def add(a, b), do: a + b\n", new Redactor())).toBe("def add(a, b), do: a + b\n");
});

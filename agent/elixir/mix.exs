defmodule ElixirScope.MixProject do
  use Mix.Project

  @version "0.1.0"

  def project do
    [
      app: :elixirscope,
      version: @version,
      elixir: "~> 1.14",
      description:
        "ElixirScope from IEx and from code: what processes do, told by the ElixirScope that observes this node",
      deps: [],
      docs: [main: "ElixirScope", extras: ["README.md"]],
      package: [licenses: ["Apache-2.0"], links: %{}]
    ]
  end

  def application do
    [extra_applications: [:crypto, :logger], mod: {ElixirScope.Application, []}]
  end
end

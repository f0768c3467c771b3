defmodule Hello.MixProject do
  use Mix.Project

  def project do
    [
      app: :hello_otp,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,
      deps: []
    ]
  end

  def application do
    [mod: {Hello.Application, []}, extra_applications: [:logger, :crypto]]
  end
end

defmodule ElixirScope.CodeTracer do
  @moduledoc """
  Calls of functions, and lines.

      iex> ElixirScope.CodeTracer.trace_module(ElixirScope.Demo)
      :ok
      iex> ElixirScope.CodeTracer.trace("ElixirScope.Demo.double(n) when n > 10")
      :ok
      iex> {:error, error} = ElixirScope.CodeTracer.trace("ElixirScope.Demo.double(")
      iex> is_binary(error.message)
      true
  """
  alias ElixirScope.{Door, Tracing}

  @doc "Records the calls of all functions of a module."
  @spec trace_module(module()) :: :ok | {:error, ElixirScope.Error.t()}
  defdelegate trace_module(module), to: ElixirScope

  @doc "Records the calls that a pattern names: `\"MyApp.Cart.add/2\"`, `\"MyAppWeb.*\"`, `\"MyApp.Cart.add(_, %{qty: q}) when q > 10\"`."
  @spec trace(String.t() | [String.t()]) :: :ok | {:error, ElixirScope.Error.t()}
  def trace(patterns), do: Tracing.add_patterns(List.wrap(patterns))

  @doc """
  Records which lines of a module run, with the variables bound there.

  The module is compiled anew from its debug info with a probe on each line; the original comes back when the observation ends.
  """
  @spec trace_lines(module()) :: :ok | {:error, ElixirScope.Error.t()}
  def trace_lines(module) when is_atom(module), do: Tracing.add_lines([module])

  @doc "Calls of traced functions. Options: `:mfa`, `:process`, `:outcome`, `:min_ns`, `:sort` (`:newest`, `:slowest`, `:own`), `:limit`."
  @spec executions(keyword()) :: Door.answer()
  def executions(options \\ []), do: Door.ask(:executions, options)

  @doc "Lines of a module that ran, with values."
  @spec lines(module()) :: Door.answer()
  def lines(module), do: Door.ask(:lines, module: module)

  @doc "Who called whom. Options: `:mfa`, `:process`, `:flow`, `:from`, `:to`."
  @spec call_graph(keyword()) :: Door.answer()
  def call_graph(options \\ []), do: Door.ask(:call_graph, options)
end

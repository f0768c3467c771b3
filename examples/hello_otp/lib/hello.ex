defmodule Hello do
  @moduledoc """
  A small shop with a visitor counter, in stock Elixir: something alive to point a debugger at.

      iex> Hello.click()
      1
      iex> Hello.displayed()
      1

  With `Hello.Bug.on()` the second answer stays behind the first. Why? The README tells.
  """

  @doc "Clicks the increment button once; returns the new count."
  @spec click() :: pos_integer()
  def click, do: Hello.Worker.increment()

  @doc "The count as it is stored."
  @spec count() :: non_neg_integer()
  def count, do: Hello.Counter.get()

  @doc "The count as it is shown to people."
  @spec displayed() :: non_neg_integer()
  def displayed, do: Hello.CounterView.displayed()
end

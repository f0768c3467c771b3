defmodule ElixirScope.Error do
  @moduledoc """
  What the functions with an exclamation mark raise, and what the others answer in `{:error, error}`.

  `code` is stable and meant for programs (`"QUERY_NO_SUCH_PROCESS"`), `message` says what to do.
  """
  defexception [:code, :message]

  @type t :: %__MODULE__{code: String.t(), message: String.t()}

  @doc false
  def new(code, message), do: %__MODULE__{code: code, message: message}
end

defmodule Hello.Accounts.User do
  @moduledoc "Somebody who can log in."

  @enforce_keys [:name, :password_hash]
  defstruct [:name, :password_hash]

  @type t :: %__MODULE__{name: String.t(), password_hash: binary()}
end

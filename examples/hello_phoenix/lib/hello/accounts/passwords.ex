defmodule Hello.Accounts.Passwords do
  @moduledoc "Passwords are known by their hash (an example's: without salt)."

  @doc "What is kept of a password."
  @spec hash(String.t()) :: binary()
  def hash(password), do: :crypto.hash(:sha256, password)

  @doc "Is it this user's?"
  @spec valid?(Hello.Accounts.User.t(), String.t()) :: boolean()
  def valid?(user, password), do: Plug.Crypto.secure_compare(user.password_hash, hash(password))
end

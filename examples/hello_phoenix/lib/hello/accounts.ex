defmodule Hello.Accounts do
  @moduledoc "The context of those who log in: one user, so that there is somebody to be."

  alias Hello.Accounts.{Passwords, User}

  @user %User{name: "ada", password_hash: Passwords.hash("lovelace-1815")}

  @doc "The user with this name and password."
  @spec authenticate(String.t(), String.t()) :: {:ok, User.t()} | :error
  def authenticate(name, password) do
    if name == @user.name and Passwords.valid?(@user, password), do: {:ok, @user}, else: :error
  end
end

# A spice is missing, and whoever is linked goes down with the helper.

defmodule Kitchen.Helper do
  def prepare(cook, number) do
    spices = %{salt: 1, pepper: 2}
    send(cook, {:prepared, {number, Map.fetch!(spices, :saffron)}})
  end
end

defmodule HelloTest do
  use ExUnit.Case

  import Phoenix.ConnTest
  import Plug.Conn, only: [get_session: 2]

  @endpoint HelloWeb.Endpoint

  setup do
    on_exit(&Hello.Bug.off/0)
    %{conn: build_conn()}
  end

  test "an increment is counted, noted and told to those who subscribed" do
    :ok = Hello.Counters.subscribe()
    count = Hello.Counters.increment(3)
    assert Hello.Counters.count() == count
    assert_receive {:count, ^count}
    me = self()
    assert [{:increment, ^me, ^count} | _] = Hello.Counters.audit()
  end

  test "with the bug it is counted, and nobody is told" do
    :ok = Hello.Counters.subscribe()
    Hello.Bug.on()
    count = Hello.Counters.increment()
    assert Hello.Counters.count() == count
    refute_received {:count, _}
  end

  test "the page shows the count", %{conn: conn} do
    Hello.Counters.increment()
    shown = "<output id=\"count\">#{Hello.Counters.count()}</output>"
    assert conn |> get("/") |> html_response(200) =~ shown
    assert conn |> get("/api/count") |> json_response(200) == %{"count" => Hello.Counters.count()}
  end

  test "a user logs in with a password", %{conn: conn} do
    conn = post(conn, "/login", name: "ada", password: "lovelace-1815")
    assert redirected_to(conn) == "/"
    assert get_session(conn, :user_name) == "ada"
    conn = post(build_conn(), "/login", name: "ada", password: "wrong")
    assert html_response(conn, 401) =~ "No such name and password"
  end
end

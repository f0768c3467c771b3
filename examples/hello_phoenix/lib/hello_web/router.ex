defmodule HelloWeb.Router do
  @moduledoc "Which path leads where."
  use HelloWeb, :router

  pipeline :browser do
    plug :accepts, ["html"]
    plug :fetch_session
    plug :fetch_live_flash
    plug :put_root_layout, html: {HelloWeb.Layouts, :root}
    plug :put_layout, false
    plug :protect_from_forgery
    plug :put_secure_browser_headers
    plug HelloWeb.CurrentUser
  end

  pipeline :api do
    plug :accepts, ["json"]
  end

  pipeline :locked do
    plug HelloWeb.RequireKey
  end

  scope "/", HelloWeb do
    pipe_through :browser

    live "/", CounterLive
    live "/notes", NotesLive
    live "/trouble", TroubleLive
    get "/room", RoomController, :show
    get "/login", SessionController, :new
    post "/login", SessionController, :create
    get "/broken", RoomController, :broken
    get "/broken/view", RoomController, :broken_view
  end

  scope "/api", HelloWeb do
    pipe_through :api

    get "/count", CountController, :show
  end

  scope "/api", HelloWeb do
    pipe_through [:api, :locked]

    get "/locked/:shelf", ShelfController, :show
  end
end

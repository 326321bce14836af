// SPDX-License-Identifier: MIT
// Both kinds of clients on ClientWebSocket: mcs Client.cs && mono Client.exe SIMPLE_URL PUBSUB_URL

using System;
using System.IO;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

static class Client
{
    static Task SendAsync(ClientWebSocket ws, string text)
    {
        var bytes = new ArraySegment<byte>(Encoding.UTF8.GetBytes(text));
        return ws.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None);
    }

    static async Task<string> ReceiveAsync(ClientWebSocket ws)
    {
        var message = new MemoryStream();
        var buffer = new byte[1024];
        WebSocketReceiveResult part;
        do
        {
            part = await ws.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
            message.Write(buffer, 0, part.Count);
        } while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(message.ToArray());
    }

    static async Task SimpleClient(string url)
    {
        using (var ws = new ClientWebSocket())
        {
            await ws.ConnectAsync(new Uri(url), CancellationToken.None);
            Console.WriteLine($"simple: open {ws.SubProtocol}");
            await SendAsync(ws, "gr\u00fc\u00dfe \U0001f600");
            Console.WriteLine($"simple: {await ReceiveAsync(ws)}");
            await ws.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
            Console.WriteLine($"simple: closed {(int)ws.CloseStatus}");
        }
    }

    static async Task PubSubClient(string url)
    {
        using (var ws = new ClientWebSocket())
        {
            ws.Options.AddSubProtocol("json.webpubsub.azure.v1");
            await ws.ConnectAsync(new Uri(url), CancellationToken.None);
            Console.WriteLine($"pubsub: open {ws.SubProtocol}");
            await SendAsync(ws, @"{""type"":""joinGroup"",""group"":""samples"",""ackId"":1}");
            await SendAsync(ws, @"{""type"":""sendToGroup"",""group"":""samples"",""ackId"":2,""dataType"":""json"","
                + "\"data\":{\"value\":\"gr\u00fc\u00dfe \U0001f600\"}}");
            await SendAsync(ws, @"{""type"":""event"",""event"":""echo"",""ackId"":3,"
                + @"""dataType"":""text"",""data"":""hello""}");
            // The first message is `connected`. Each request is followed by an ack, the last two by a message too.
            for (var i = 0; i < 6; i++) Console.WriteLine($"pubsub: {await ReceiveAsync(ws)}");
            await ws.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
            Console.WriteLine($"pubsub: closed {(int)ws.CloseStatus}");
        }
    }

    static void Main(string[] args)
    {
        SimpleClient(args[0]).Wait();
        PubSubClient(args[1]).Wait();
    }
}

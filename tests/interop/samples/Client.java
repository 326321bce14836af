// SPDX-License-Identifier: MIT
// Both kinds of clients on java.net.http: java Client.java SIMPLE_URL PUBSUB_URL

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

public class Client {
    /** Prints what it receives, and closes the connection after so many messages. */
    static class Printer implements WebSocket.Listener {
        final CompletableFuture<Void> closed = new CompletableFuture<>();
        private final String name;
        private final StringBuilder message = new StringBuilder();
        private int expected;

        Printer(String name, int expected) {
            this.name = name;
            this.expected = expected;
        }

        @Override
        public void onOpen(WebSocket ws) {
            System.out.println(name + ": open " + ws.getSubprotocol());
            ws.request(1);
        }

        @Override
        public CompletionStage<?> onText(WebSocket ws, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                System.out.println(name + ": " + message);
                message.setLength(0);
                if (--expected == 0) ws.sendClose(WebSocket.NORMAL_CLOSURE, "");
            }
            ws.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket ws, int code, String reason) {
            System.out.println(name + ": closed " + code);
            closed.complete(null);
            return null;
        }

        @Override
        public void onError(WebSocket ws, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    public static void main(String[] args) {
        HttpClient http = HttpClient.newHttpClient();

        Printer simple = new Printer("simple", 1);
        WebSocket ws = http.newWebSocketBuilder().buildAsync(URI.create(args[0]), simple).join();
        ws.sendText("gr\u00fc\u00dfe \ud83d\ude00", true).join();
        simple.closed.join();

        // The first message is `connected`. Each request is followed by an ack, the last two by a message too.
        Printer pubSub = new Printer("pubsub", 6);
        ws = http.newWebSocketBuilder().subprotocols("json.webpubsub.azure.v1")
            .buildAsync(URI.create(args[1]), pubSub).join();
        ws.sendText("{\"type\":\"joinGroup\",\"group\":\"samples\",\"ackId\":1}", true).join();
        ws.sendText("{\"type\":\"sendToGroup\",\"group\":\"samples\",\"ackId\":2,\"dataType\":\"json\","
            + "\"data\":{\"value\":\"gr\u00fc\u00dfe \ud83d\ude00\"}}", true).join();
        ws.sendText("{\"type\":\"event\",\"event\":\"echo\",\"ackId\":3,\"dataType\":\"text\",\"data\":\"hello\"}",
            true).join();
        pubSub.closed.join();
    }
}

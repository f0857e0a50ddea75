import CZeroMQ

// Every option this project has a use for; adding one is a line.

extension SocketOption where Value == Duration? {
  /// How long closing waits for what is still to be sent; nil is forever. Zero unless set.
  public static var linger: Self { Self("linger", milliseconds: ZMQ_LINGER) }
  /// How long a send waits for room before it throws `again`; nil, the default, is forever.
  public static var sendTimeout: Self { Self("send timeout", milliseconds: ZMQ_SNDTIMEO) }
  /// How long a receive waits for a message before it throws `again`; nil, the default, is forever.
  public static var receiveTimeout: Self { Self("receive timeout", milliseconds: ZMQ_RCVTIMEO) }
  /// The pause before a lost connection is tried again, by default 100 ms; nil gives up.
  public static var reconnectInterval: Self { Self("reconnect interval", milliseconds: ZMQ_RECONNECT_IVL) }
}

extension SocketOption where Value == Duration {
  /// The pause doubles with every failure up to this; zero, the default, keeps it the same.
  public static var reconnectIntervalMax: Self {
    Self("longest reconnect interval", milliseconds: ZMQ_RECONNECT_IVL_MAX)
  }
  /// How long a new connection may take to introduce itself, by default 30 s; zero is forever.
  public static var handshakeInterval: Self { Self("handshake interval", milliseconds: ZMQ_HANDSHAKE_IVL) }
  /// How long a connection attempt may take; zero, the default, leaves it to the system.
  public static var connectTimeout: Self { Self("connect timeout", milliseconds: ZMQ_CONNECT_TIMEOUT) }
  /// The pause between heartbeats on a silent connection; zero, the default, sends none.
  public static var heartbeatInterval: Self { Self("heartbeat interval", milliseconds: ZMQ_HEARTBEAT_IVL) }
  /// How long an unanswered heartbeat may be waited for before the connection is dropped.
  public static var heartbeatTimeout: Self { Self("heartbeat timeout", milliseconds: ZMQ_HEARTBEAT_TIMEOUT) }
}

extension SocketOption where Value == Int {
  /// How many messages may wait to be sent to one peer, by default 1000; 0 is without limit.
  public static var sendHighWaterMark: Self { Self("send high-water mark", count: ZMQ_SNDHWM) }
  /// How many messages may wait to be received from one peer, by default 1000; 0 is without limit.
  public static var receiveHighWaterMark: Self { Self("receive high-water mark", count: ZMQ_RCVHWM) }
  /// How many connections may wait to be accepted, by default 100.
  public static var backlog: Self { Self("backlog", count: ZMQ_BACKLOG) }
}

extension SocketOption where Value == Int? {
  /// The longest message part accepted, in bytes: a peer that sends a longer one is disconnected. Nil is any.
  public static var maxMessageSize: Self { Self("largest message", limit: ZMQ_MAXMSGSIZE) }
}

extension SocketOption where Value == Bool {
  /// Queue messages only for connections that are complete, rather than for any endpoint named.
  public static var immediate: Self { Self("immediate", flag: ZMQ_IMMEDIATE) }
  /// Throw `hostUnreachable` for an unknown peer instead of dropping the message. `router`, set only.
  public static var routerMandatory: Self { Self("router mandatory", flag: ZMQ_ROUTER_MANDATORY) }
  /// Let a new peer take over the identity of an old one. `router`, set only.
  public static var routerHandover: Self { Self("router handover", flag: ZMQ_ROUTER_HANDOVER) }
  /// Allow a new question before the last was answered. `req`, set only.
  public static var requestRelaxed: Self { Self("relaxed requests", flag: ZMQ_REQ_RELAXED) }
  /// Number the questions and drop answers to older ones. `req`, set only.
  public static var requestCorrelate: Self { Self("correlated requests", flag: ZMQ_REQ_CORRELATE) }
  /// Announce a new peer with an empty message on connecting. Set only.
  public static var probeRouter: Self { Self("probe router", flag: ZMQ_PROBE_ROUTER) }
  /// Receive each subscription, even when another peer already had the same. `xpub`, set only.
  public static var xpubVerbose: Self { Self("verbose subscriptions", flag: ZMQ_XPUB_VERBOSE) }
  /// Receive each subscription and each unsubscription, even of one topic by several peers. `xpub`, set only.
  public static var xpubVerboser: Self { Self("more verbose subscriptions", flag: ZMQ_XPUB_VERBOSER) }
  /// Wait for room rather than drop what a slow subscriber has no room for. `pub` and `xpub`, set only.
  public static var xpubNoDrop: Self { Self("no drop", flag: ZMQ_XPUB_NODROP) }
  /// Whether the system probes silent TCP connections; false if left to the system's default.
  public static var tcpKeepalive: Self { Self("TCP keepalive", flag: ZMQ_TCP_KEEPALIVE) }
  /// Whether IPv6 addresses are understood.
  public static var ipv6: Self { Self("IPv6", flag: ZMQ_IPV6) }
}

extension SocketOption where Value == [UInt8] {
  /// The identity, 1 to 255 bytes, under which a `router` peer knows this socket; it may not begin with a zero byte.
  public static var routingID: Self { Self("routing identity", bytes: ZMQ_ROUTING_ID) }
}

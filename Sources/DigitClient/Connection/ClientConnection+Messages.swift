import DigitWire

/// The server's messages: each is matched with its request by the `Pipeline`.
extension ClientConnection {
  /// Returns why the connection must end, if it must.
  func read(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) -> Pipeline.End? {
    do {
      switch MessageType(rawValue: header.type) {
      case .result, .pong, .statsReply, .metadataReply, .reloadReply:
        try answerArrived(header, payload)
      case .healthReply: try healthArrived(header)
      case .error: try errorArrived(header, payload)
      case .goAway: try goAwayArrived(header)
      case .modelsChanged: modelsChanged(try ModelsChanged(header, payload: payload).models)
      case .welcome: throw Violation(message: "expected one WELCOME, got a second")
      case .hello, .predict, .cancel, .ping, .stats, .metadata, .health, .reload, nil:
        pipeline.strayArrived()
      }
    } catch let violation as Violation {
      return .lost(reason: violation.message)
    } catch {
      return .lost(reason: Violation(malformed: header, error).message)
    }
    return pipeline.ending
  }

  private func answerArrived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
    guard case .deliver(let id) = pipeline.answerArrived(header.requestID) else { return }
    do {
      let answer = try Answer(to: requests[Int(id.index)]!, header, payload: payload)
      if case .models(let entries) = answer { modelsChanged(entries) }
      finish(id, .success(answer))
    } catch {
      finish(id, .failure(Pipeline.End.lost(reason: error.message).error(wasSent: true)))
      throw error
    }
  }

  private func healthArrived(_ header: FrameHeader) throws {
    let reply = try HealthReply(header)
    guard case .deliver(let id) = pipeline.healthArrived(reply.probe) else { return }
    finish(id, .success(.health(reply.isYes)))
  }

  private func errorArrived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
    let message = try ErrorMessage(header, payload: payload)
    if header.requestID != 0,
      case .deliver(let id) = pipeline.answerArrived(header.requestID)
    {
      let patience = requests[Int(id.index)]!.patience
      let error =
        if message.code == .deadlineExceeded, let patience {
          DigitClientError.timedOut(after: patience, processed: message.processed)
        } else {
          DigitClientError.refused(message)
        }
      finish(id, .failure(error))
    }
    if message.closes {
      throw Violation(message: "the server closed it with \(message.code): \(message.message)")
    }
  }

  private func goAwayArrived(_ header: FrameHeader) throws {
    let reason = try GoAway(header).reason
    for id in pipeline.goAwayArrived(reason) {
      finish(id, .failure(Pipeline.End.left(reason).error(wasSent: false)))
    }
  }

  func modelsChanged(_ entries: [ModelEntry]) {
    terms?.models = entries
    models.withLock { $0 = entries.map(ModelDescription.init) }
  }
}
